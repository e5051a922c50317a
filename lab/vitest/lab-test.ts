import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test as baseTest, expect } from 'vitest';
import { Lab } from '../lab.ts';
import { type MachineRoom, openMachineRoom } from '../machine-room.ts';
import { loadSubject } from '../subject/load.ts';
import type { Topology } from '../topology/define.ts';
import { planLab } from '../topology/plan.ts';
import { LabStory } from './lab-story.ts';
import { recordEvidence } from './reporter/record-judgement.ts';
import { toConformTo } from './to-conform-to.ts';
import './run-settings.ts';

export type { RecordedNode } from '../recorded-node.ts';
export type { LabStory } from './lab-story.ts';

expect.extend({ toConformTo });

/** One machine room for all labs of this worker. */
let room: Promise<MachineRoom> | undefined;
const folders = new Map<string, number>();

/**
 * Binds a topology to a `test`. The lab is made once for all suites of a worker that use the topology,
 * because that is dear; the record is always on; what a test sets is undone when it ends.
 */
export function labTest(topology: Topology) {
  const plan = planLab(topology);
  const test = baseTest
    .extend('running', { scope: 'worker' }, async ({}, { onCleanup }) => {
      const running = await startOnce(topology);
      onCleanup(() => running.release());
      return running;
    })
    .extend('lab', async ({ running, task }, { onCleanup }) => {
      const { story, settings } = running;
      const id = task.meta.requirement ?? task.name;
      const folder = evidenceFolder(topology.name, id);
      mkdirSync(join(settings.outDirectory, folder), { recursive: true });
      task.meta.topology = topology.name;
      recordEvidence(task, folder);
      await story.begin(`${id} ${task.name}`);
      onCleanup(() => story.end());
      return story;
    });
  return {
    test,
    /** The virtual service of that name. */
    service: (name: string) => find(plan.services, name, 'service'),
    /** Address of a node's NIC. */
    address: (node: string, nic = 'eth0') => find(find(plan.nodes, node, 'node').nics, nic, 'NIC').address,
  };
}

function find<Named extends { readonly name: string }>(
  list: readonly Named[],
  name: string,
  kind: string,
): Named {
  const found = list.find((one) => one.name === name);
  if (found === undefined)
    throw new TypeError(`no ${kind} "${name}"; there are ${list.map((one) => one.name).join(', ')}`);
  return found;
}

/** Folder of one test below the run's: topology, ID, and a number from the second on. */
function evidenceFolder(topology: string, id: string): string {
  const name = join(topology, id);
  const count = (folders.get(name) ?? 0) + 1;
  folders.set(name, count);
  return count === 1 ? name : `${name}-${count}`;
}

interface RunningLab {
  readonly story: LabStory;
  readonly settings: import('./run-settings.ts').RunSettings;
  release(): Promise<void>;
}

const running = new Map<string, Promise<RunningLab>>();

/** Suites of one topology in one worker share the lab; the last one out need not know that it is the last. */
function startOnce(topology: Topology): Promise<RunningLab> {
  const known = running.get(topology.name);
  if (known !== undefined) return known;
  const started = start(topology);
  running.set(topology.name, started);
  return started;
}

async function start(topology: Topology): Promise<RunningLab> {
  const { inject } = await import('vitest');
  const settings = inject('halab');
  const subject = await loadSubject(settings.subjectFile);
  room ??= openMachineRoom(settings.accelerator === undefined ? {} : { accelerator: settings.accelerator });
  const lab = await Lab.start({ plan: planLab(topology), room: await room, seed: settings.seed });
  try {
    await lab.install(subject);
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
  return {
    story: new LabStory(lab, subject),
    settings,
    release: async () => {
      running.delete(topology.name);
      await lab[Symbol.asyncDispose]();
    },
  };
}
