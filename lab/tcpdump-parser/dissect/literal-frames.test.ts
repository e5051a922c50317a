import { describe, expect, test } from 'vitest';
import { dissect } from './dissect.ts';
import { literalFrames } from './literal-frames.ts';
import { summarize } from './summarize.ts';

describe('every literal frame', () => {
  test.for(literalFrames)(
    '$name is summarised as its file says',
    ({ bytes, linkType, originalLength, values }) => {
      expect(summarize(dissect(bytes, linkType, originalLength))).toBe(values.get('summary'));
    },
  );

  test.for(literalFrames)('$name, cut at any length, keeps every header that is whole', (file) => {
    const { bytes, linkType } = file;
    const whole = dissect(bytes, linkType, file.originalLength);
    for (let length = 0; length < bytes.length; length++) {
      const layers = dissect(bytes.subarray(0, length), linkType, file.originalLength);
      for (const [index, layer] of layers.entries()) {
        if (layer.layer === 'malformed' || layer.layer === 'payload' || 'quoted' in layer) continue;
        const same = whole[index];
        if (layer.offset + layer.length <= length) expect(layer, `${length} bytes`).toEqual(same);
      }
      const last = layers.at(-1);
      if (last?.layer !== 'malformed') continue;
      expect(last.error.offset, last.error.text).toBeLessThanOrEqual(length);
    }
  });

  test.for(literalFrames)(
    '$name, cut by a snap length, is never called shorter than the wire had it',
    (file) => {
      const { bytes, linkType } = file;
      const sound = !file.values.get('summary')!.includes('malformed');
      for (let length = 0; sound && length < bytes.length; length++) {
        const last = dissect(bytes.subarray(0, length), linkType, file.originalLength).at(-1);
        if (last?.layer === 'malformed') expect(last.error.limitedBy, `${length} bytes`).toBe('snap-length');
      }
    },
  );
});
