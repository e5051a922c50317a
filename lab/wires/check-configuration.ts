import { join } from 'node:path';
import type { Refusal, WiresConfiguration } from './protocol.ts';

/** `sun_path` of unix(7) has 108 bytes with the zero at its end. */
const socketPathBytesMax = 107;

/** File names come from wire names. */
const wireNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export function tapPath(
  configuration: Pick<WiresConfiguration, 'recordDirectory' | 'tapDirectory'>,
  wire: string,
): string {
  return join(configuration.tapDirectory ?? configuration.recordDirectory, `${wire}.tap`);
}

/** All that is wrong with a configuration at once; empty when it can be tried. */
export function configurationProblems(configuration: WiresConfiguration): Refusal[] {
  const texts: string[] = [];
  const { segments, cables } = configuration;
  const names = [...segments, ...cables].map(({ name }) => name);
  for (const name of names) {
    if (!wireNamePattern.test(name)) {
      texts.push(
        `a wire is called "${name}": letters, digits, ".", "_" and "-" are allowed, a letter or digit first`,
      );
    }
  }
  for (const name of repeated(names)) texts.push(`two wires are called "${name}"`);
  for (const { name, ports, mtu } of segments) {
    if (mtu !== undefined && (!Number.isInteger(mtu) || mtu < 68)) {
      texts.push(`segment "${name}" has MTU ${mtu}: a whole number from 68 (RFC 791, 3.2) is wanted`);
    }
    const nics = ports.map(({ node, nic }) => `${node}:${nic}`);
    for (const nic of repeated(nics)) texts.push(`segment "${name}" has two ports for ${nic}`);
  }
  for (const { name, baud } of cables) {
    if (baud !== undefined && !(baud > 0))
      texts.push(`cable "${name}" has ${baud} baud: a number above 0 is wanted`);
  }
  const paths = [
    ...segments.flatMap(({ ports }) => ports.map(({ socketPath }) => socketPath)),
    ...cables.flatMap(({ ends }) => ends.map(({ socketPath }) => socketPath)),
    ...names.map((name) => tapPath(configuration, name)),
  ];
  for (const path of repeated(paths)) texts.push(`two sockets have the path ${path}`);
  for (const path of new Set(paths)) {
    const bytes = Buffer.byteLength(path);
    if (bytes > socketPathBytesMax) {
      texts.push(
        `socket path ${path} has ${bytes} bytes: at most ${socketPathBytesMax} are allowed (unix(7))`,
      );
    }
  }
  for (const key of ['originMonotonicNs', 'originEpochNs'] as const) {
    if (!/^\d+$/.test(configuration[key]))
      texts.push(`${key} is "${configuration[key]}": nanoseconds in decimal are wanted`);
  }
  return texts.map((text) => ({ code: 'bad-configuration', text }));
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
