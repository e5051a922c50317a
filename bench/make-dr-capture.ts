import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildArp, buildTcp, PcapEncoder, PcapngEncoder, parseIpv4, parseMac } from 'tcpdump-parser';
import { type LabPlan, planLab } from '../lab/topology/plan.ts';
import { lvsDr } from '../topologies/lvs-dr.ts';

// A capture of plausible direct-routing traffic on the topology lvs-dr, as big as wanted: the material for
// measuring readers and checkers. Every connection is 15 frames as a short HTTP request makes them, each client
// packet twice: on its way to the director, and on its way to the real server with TTL - 1. Connections
// overlap, so packets of several are mixed. The same seed gives the same bytes.

export interface DrCaptureOptions {
  readonly packets: number;
  readonly seed: number;
  readonly format: 'pcap' | 'pcapng';
  /** Connections under way at one moment. */
  readonly parallel: number;
}

export const defaultOptions: DrCaptureOptions = {
  packets: 1_000_000,
  seed: 1,
  format: 'pcapng',
  parallel: 8,
};

const linkTypeEthernet = 1;
const chunkBytes = 4 * 1024 * 1024;
const frameBytesMax = 2048;
/**
 * Between two frames. A connection then takes 4.5 ms of the wire, and its client port comes back after 127 s,
 * when the director has forgotten it (FIN_WAIT lasts 120 s).
 */
const gapNs = 300_000;
const syn = 0x02;
const ack = 0x10;
const push = 0x08;
const fin = 0x01;
const letterA = 0x61;

type Host = 'client' | 'director' | 'server';

interface Step {
  readonly from: Host;
  readonly to: Host;
  readonly flags: number;
  readonly payload: number;
}

/** A client's packet: to the director, then on to the real server. */
const there = (flags: number, payload = 0): readonly Step[] => [
  { from: 'client', to: 'director', flags, payload },
  { from: 'director', to: 'server', flags, payload },
];
const back = (flags: number, payload = 0): readonly Step[] => [
  { from: 'server', to: 'client', flags, payload },
];

const script: readonly Step[] = [
  ...there(syn),
  ...back(syn | ack),
  ...there(ack),
  ...there(ack | push, 110),
  ...back(ack),
  ...back(ack | push, 420),
  ...there(ack),
  ...back(fin | ack),
  ...there(fin | ack),
  ...back(ack),
];

interface Connection {
  step: number;
  readonly port: number;
  /** Chosen with the SYN. */
  server: number;
  readonly ids: { client: number; server: number };
  clientSequence: number;
  serverSequence: number;
}

/** Numerical Recipes' linear congruential generator: enough to mix connections, the same everywhere. */
function randomSource(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The frames in order of time. Each is a fresh array. */
export function* drFrames(options: DrCaptureOptions, plan: LabPlan = planLab(lvsDr)): Generator<Uint8Array> {
  const service = plan.services[0]!;
  const node = (name: string) => {
    const { mac, address } = plan.nodes.find((one) => one.name === name)!.nics[0]!;
    return { mac: parseMac(mac)!, ip: parseIpv4(address)! };
  };
  const client = node('client');
  const director = node(service.directors[0]!.node);
  const servers = service.realServers.map((server) => node(server.node));
  const vip = parseIpv4(service.vip)!;
  const random = randomSource(options.seed);
  let left = options.packets;
  for (const frame of opening(client, director, servers, vip)) {
    if (left-- <= 0) return;
    yield frame;
  }
  const underWay: Connection[] = [];
  let opened = 0;
  let scheduled = 0;
  const open = (): Connection => {
    opened += 1;
    return {
      step: 0,
      // Linux takes ephemeral ports from 32768 to 60999.
      port: 32_768 + (opened % 28_232),
      server: -1,
      ids: { client: random(65_536), server: random(65_536) },
      clientSequence: random(2 ** 32),
      serverSequence: random(2 ** 32),
    };
  };
  while (left > 0) {
    while (underWay.length < options.parallel) underWay.push(open());
    const index = random(underWay.length);
    const connection = underWay[index]!;
    // A packet and its forwarded copy stay together, as on an idle director.
    do {
      const { from, to, flags, payload } = script[connection.step]!;
      const isRequest = from !== 'server';
      if (connection.server < 0) {
        // rr starts with the server that was added last.
        connection.server = servers.length - 1 - (scheduled % servers.length);
        scheduled += 1;
      }
      const server = servers[connection.server]!;
      const place = { client, director, server };
      if (from !== 'director') {
        if (isRequest) connection.ids.client = (connection.ids.client + 1) & 0xffff;
        else connection.ids.server = (connection.ids.server + 1) & 0xffff;
      }
      yield buildTcp({
        link: { sourceMac: place[from].mac, destinationMac: place[to].mac },
        source: isRequest ? client.ip : vip,
        destination: isRequest ? vip : client.ip,
        sourcePort: isRequest ? connection.port : service.port,
        destinationPort: isRequest ? service.port : connection.port,
        id: isRequest ? connection.ids.client : connection.ids.server,
        ttl: from === 'director' ? 63 : 64,
        flags,
        sequence: isRequest ? connection.clientSequence : connection.serverSequence,
        acknowledgement:
          flags === syn ? 0 : isRequest ? connection.serverSequence : connection.clientSequence,
        tcpOptions: timestamps,
        payload: payload === 0 ? nothing : new Uint8Array(payload).fill(letterA),
      });
      const taken = payload + (flags & (syn | fin) ? 1 : 0);
      if (from === 'director') connection.clientSequence = (connection.clientSequence + taken) >>> 0;
      if (from === 'server') connection.serverSequence = (connection.serverSequence + taken) >>> 0;
      connection.step += 1;
      left -= 1;
    } while (left > 0 && script[connection.step]?.from === 'director');
    if (connection.step === script.length) underWay.splice(index, 1);
  }
}

const nothing = new Uint8Array(0);
/** no-op, no-op, timestamps (RFC 7323, 3.2): what Linux adds to every segment. */
const timestamps = Uint8Array.of(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1);

interface Place {
  readonly mac: number;
  readonly ip: number;
}

/** Everybody asks for whom he will talk to. */
function* opening(
  client: Place,
  director: Place,
  servers: readonly Place[],
  vip: number,
): Generator<Uint8Array> {
  yield* question(client, { ...director, ip: vip });
  for (const server of servers) {
    yield* question(director, server);
    yield* question(server, client);
  }
}

function* question(asking: Place, asked: Place): Generator<Uint8Array> {
  yield buildArp({ operation: 1, senderMac: asking.mac, senderIp: asking.ip, targetIp: asked.ip });
  yield buildArp({
    operation: 2,
    senderMac: asked.mac,
    senderIp: asked.ip,
    targetMac: asking.mac,
    targetIp: asking.ip,
  });
}

export function writeDrCapture(path: string, options: DrCaptureOptions): void {
  const file = openSync(path, 'w');
  try {
    const chunk = new Uint8Array(chunkBytes);
    let filled = 0;
    const flush = () => {
      writeSync(file, chunk, 0, filled);
      filled = 0;
    };
    const writer = writerFor(options.format);
    writeSync(file, writer.header);
    let atNs = 0;
    for (const frame of drFrames(options)) {
      if (filled + frameBytesMax > chunk.length) flush();
      atNs += gapNs;
      filled += writer.write(chunk, filled, 1_700_000_000 + Math.floor(atNs / 1e9), atNs % 1e9, frame);
    }
    flush();
  } finally {
    closeSync(file);
  }
}

interface Writer {
  readonly header: Uint8Array;
  write(target: Uint8Array, at: number, seconds: number, nanoseconds: number, frame: Uint8Array): number;
}

function writerFor(format: DrCaptureOptions['format']): Writer {
  if (format === 'pcap') {
    const encoder = new PcapEncoder('nanoseconds');
    return {
      header: encoder.fileHeader({ linkType: linkTypeEthernet, snapLength: 262_144 }),
      write: (target, at, seconds, nanoseconds, frame) =>
        encoder.writeRecord(target, at, { seconds, nanoseconds, frame }),
    };
  }
  const encoder = new PcapngEncoder();
  const head = [
    encoder.sectionHeader({ application: 'halab' }),
    encoder.interfaceDescription({
      name: 'lan',
      linkType: linkTypeEthernet,
      snapLength: 0,
      nanoseconds: true,
    }),
  ];
  return {
    header: Buffer.concat(head),
    write: (target, at, seconds, nanoseconds, frame) =>
      encoder.writeEnhancedPacket(target, at, { interfaceIndex: 0, seconds, nanoseconds, frame }),
  };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      packets: { type: 'string', default: String(defaultOptions.packets) },
      seed: { type: 'string', default: String(defaultOptions.seed) },
      format: { type: 'string', default: defaultOptions.format },
      parallel: { type: 'string', default: String(defaultOptions.parallel) },
    },
  });
  const [path] = positionals;
  if (path === undefined || (values.format !== 'pcap' && values.format !== 'pcapng')) {
    process.stderr.write(
      'usage: make-dr-capture.ts [--packets N] [--seed N] [--format pcap|pcapng] [--parallel N] FILE\n',
    );
    process.exit(2);
  }
  writeDrCapture(path, {
    packets: Number(values.packets),
    seed: Number(values.seed),
    format: values.format,
    parallel: Number(values.parallel),
  });
}
