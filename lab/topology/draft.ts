// A topology as far as it can be read. People write topologies in JavaScript too, or run TypeScript without
// checking it, so the object may have any shape. Reading it reports what has the wrong shape and leaves
// `undefined` in its place; the rules then look at what is there and say nothing twice.

import { forwardings, protocols, roles, schedulers } from './define.ts';
import { baudRates, memoryRange, mtuRange, portRange, weightRange } from './limits.ts';
import type { Path, Placed } from './path.ts';
import type { TopologyProblem } from './problem.ts';
import { ShapeReader } from './shape-reader.ts';

type Maybe<T> = Placed<T> | undefined;

export interface DraftSegment {
  readonly name: string;
  readonly path: Path;
  readonly ipv4: Maybe<string>;
}

interface DraftLine {
  readonly name: string;
  readonly path: Path;
}

interface DraftNic {
  readonly name: string;
  readonly path: Path;
  readonly segment: Maybe<string>;
  readonly address: Maybe<string>;
}

interface DraftRoute {
  readonly to: Maybe<string>;
  readonly via: Maybe<string>;
}

export interface DraftNode {
  readonly name: string;
  readonly path: Path;
  readonly role: string | undefined;
  readonly nics: readonly DraftNic[];
  readonly gateway: Maybe<string>;
  readonly routes: readonly DraftRoute[];
  readonly serial: readonly { readonly port: string; readonly path: Path; readonly line: Maybe<string> }[];
  /** Whether `nics` was there to be read. */
  readonly hasNics: boolean;
}

export interface DraftRealServer {
  readonly path: Path;
  readonly node: Maybe<string>;
  readonly rip: Maybe<string>;
  readonly port: Maybe<number>;
}

export interface DraftService {
  readonly name: string;
  readonly path: Path;
  readonly vip: Maybe<string>;
  readonly protocol: string | undefined;
  readonly port: Maybe<number>;
  readonly forwarding: string | undefined;
  readonly directors: readonly Placed<string>[];
  readonly realServers: readonly DraftRealServer[];
  readonly vipSegment: Maybe<string>;
}

interface DraftSpare {
  readonly segment: string;
  readonly path: Path;
  readonly addresses: readonly Placed<string>[];
}

export interface Draft {
  readonly name: Maybe<string>;
  readonly segments: readonly DraftSegment[];
  readonly lines: readonly DraftLine[];
  readonly nodes: readonly DraftNode[];
  readonly services: readonly DraftService[];
  readonly spare: readonly DraftSpare[];
}

export function readDraft(topology: unknown): { draft: Draft; problems: readonly TopologyProblem[] } {
  const shape = new ShapeReader();
  const fields = shape.fields(
    { value: topology, path: [] },
    {
      required: ['name', 'segments', 'nodes'],
      optional: ['lines', 'services', 'spare'],
    },
  );
  const entries = (key: 'segments' | 'lines' | 'nodes' | 'services' | 'spare') =>
    shape.entries(fields?.[key]);
  const draft: Draft = {
    name: shape.text(fields?.name),
    segments: entries('segments').map(([name, value]) => readSegment(shape, name, value)),
    lines: entries('lines').map(([name, value]) => readLine(shape, name, value)),
    nodes: entries('nodes').map(([name, value]) => readNode(shape, name, value)),
    services: entries('services').map(([name, value]) => readService(shape, name, value)),
    spare: entries('spare').map(([segment, value]) => ({
      segment,
      path: value.path,
      addresses: shape
        .list(value)
        .map((item) => shape.text(item))
        .filter((item) => item !== undefined),
    })),
  };
  for (const key of ['segments', 'nodes'] as const) {
    const isObject = fields?.[key] !== undefined && shape.isObject(fields[key].value);
    if (isObject && draft[key].length === 0) {
      shape.report('empty', [key], 'key', {
        text: `the topology has no ${key}`,
        found: '{}',
        expected: `at least one ${key.slice(0, -1)}`,
      });
    }
  }
  return { draft, problems: shape.problems };
}

function readSegment(shape: ShapeReader, name: string, value: Placed<unknown>): DraftSegment {
  const fields = shape.fields(value, { required: ['ipv4'], optional: ['mtu'] });
  shape.integer(fields?.mtu, mtuRange);
  return { name, path: value.path, ipv4: shape.text(fields?.ipv4) };
}

function readLine(shape: ShapeReader, name: string, value: Placed<unknown>): DraftLine {
  const fields = shape.fields(value, { required: ['kind', 'baud'], optional: [] });
  shape.oneOf(fields?.kind, ['null-modem']);
  shape.oneOf(fields?.baud, baudRates);
  return { name, path: value.path };
}

function readNode(shape: ShapeReader, name: string, value: Placed<unknown>): DraftNode {
  const fields = shape.fields(value, {
    required: ['role', 'nics'],
    optional: ['gateway', 'routes', 'serial', 'memoryMb'],
  });
  shape.integer(fields?.memoryMb, memoryRange);
  return {
    name,
    path: value.path,
    role: shape.oneOf(fields?.role, roles),
    nics: shape.entries(fields?.nics).map(([nic, spec]) => {
      const nicFields = shape.fields(spec, {
        required: ['segment', 'address'],
        optional: [],
      });
      return {
        name: nic,
        path: spec.path,
        segment: shape.text(nicFields?.segment),
        address: shape.text(nicFields?.address),
      };
    }),
    gateway: shape.text(fields?.gateway),
    routes: shape.list(fields?.routes).map((route) => {
      const routeFields = shape.fields(route, {
        required: ['to', 'via'],
        optional: [],
      });
      return { to: shape.text(routeFields?.to), via: shape.text(routeFields?.via) };
    }),
    serial: shape
      .entries(fields?.serial)
      .map(([port, line]) => ({ port, path: line.path, line: shape.text(line) })),
    hasNics: fields?.nics !== undefined && shape.isObject(fields.nics.value),
  };
}

function readService(shape: ShapeReader, name: string, value: Placed<unknown>): DraftService {
  const fields = shape.fields(value, {
    required: ['vip', 'protocol', 'port', 'scheduler', 'forwarding', 'director', 'realServers'],
    optional: ['vipSegment'],
  });
  shape.oneOf(fields?.scheduler, schedulers);
  return {
    name,
    path: value.path,
    vip: shape.text(fields?.vip),
    protocol: shape.oneOf(fields?.protocol, protocols),
    port: shape.integer(fields?.port, portRange),
    forwarding: shape.oneOf(fields?.forwarding, forwardings),
    directors: readDirectors(shape, name, fields?.director),
    realServers: readRealServers(shape, name, fields?.realServers),
    vipSegment: shape.text(fields?.vipSegment),
  };
}

function readDirectors(
  shape: ShapeReader,
  service: string,
  field: Placed<unknown> | undefined,
): Placed<string>[] {
  if (field === undefined) return [];
  if (!Array.isArray(field.value)) {
    const director = shape.text(field, "a node's name or a list of them");
    return director === undefined ? [] : [director];
  }
  if (field.value.length === 0) {
    shape.report('empty', field.path, 'value', {
      text: `service ${service} has no director`,
      found: '[]',
      expected: 'at least one director',
    });
  }
  return shape
    .list(field)
    .map((item) => shape.text(item))
    .filter((item) => item !== undefined);
}

function readRealServers(
  shape: ShapeReader,
  service: string,
  field: Placed<unknown> | undefined,
): DraftRealServer[] {
  if (Array.isArray(field?.value) && field.value.length === 0) {
    shape.report('empty', field.path, 'key', {
      text: `service ${service} has no real server`,
      found: '[]',
      expected: 'at least one real server',
    });
  }
  return shape.list(field).map((item) => {
    const serverFields = shape.fields(item, {
      required: ['node'],
      optional: ['weight', 'rip', 'port'],
    });
    shape.integer(serverFields?.weight, weightRange);
    return {
      path: item.path,
      node: shape.text(serverFields?.node),
      rip: shape.text(serverFields?.rip),
      port: shape.integer(serverFields?.port, portRange),
    };
  });
}
