import type { FrameFile } from '../fuzz/frame-file.ts';
import { framesFolder, readFrameFiles } from '../fuzz/frame-file.ts';
import { dissect } from './dissect.ts';
import type { DissectError } from './dissect-error.ts';
import type { Layer } from './layer.ts';

/** The frames of `fixtures/frames/`, on which every dissector is tested. */
export const literalFrames: readonly FrameFile[] = readFrameFiles(framesFolder);

export function literalFrame(name: string): FrameFile {
  const file = literalFrames.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no fixtures/frames/${name}.hex`);
  return file;
}

export function layersOf(name: string): readonly Layer[] {
  const { bytes, linkType, originalLength } = literalFrame(name);
  return dissect(bytes, linkType, originalLength);
}

/** The first layer of that kind. */
export function layerOf<K extends Layer['layer']>(
  layers: readonly Layer[],
  kind: K,
): Extract<Layer, { layer: K }> {
  const layer = layers.find((candidate) => candidate.layer === kind);
  if (layer === undefined) throw new Error(`no ${kind} among ${kinds(layers).join(' ')}`);
  return layer as Extract<Layer, { layer: K }>;
}

export function kinds(layers: readonly Layer[]): readonly string[] {
  return layers.map((layer) => layer.layer);
}

/** Layers of a frame with some of its bytes written over. */
export function layersWith(name: string, at: number, ...values: readonly number[]): readonly Layer[] {
  const { bytes, linkType, originalLength } = literalFrame(name);
  const changed = bytes.slice();
  changed.set(values, at);
  return dissect(changed, linkType, originalLength);
}

/** Layers of a frame that ends after `length` bytes, on the wire as well. */
export function layersCutTo(name: string, length: number): readonly Layer[] {
  const { bytes, linkType } = literalFrame(name);
  return dissect(bytes.subarray(0, length), linkType);
}

/** Layers of a frame of which the capture kept `length` bytes. */
export function layersSnappedTo(name: string, length: number): readonly Layer[] {
  const { bytes, linkType, originalLength } = literalFrame(name);
  return dissect(bytes.subarray(0, length), linkType, originalLength);
}

/** What stopped it, without the text. */
export function stopOf(layers: readonly Layer[]): Omit<DissectError, 'text'> | undefined {
  const last = layers.at(-1);
  if (last?.layer !== 'malformed') return undefined;
  const { layer, offset, needed, available, limitedBy } = last.error;
  return { layer, offset, needed, available, limitedBy };
}

/** From `first` up to, not including, `end`. */
export function range(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
