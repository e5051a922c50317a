import type { Subject } from '../../lab/subject/subject.ts';
import { stack } from '../stack.ts';

/** Real servers have the director as their way to clients. */
export const repliesCrossTheDirector: Subject = {
  ...stack,
  name: 'replies-cross-the-director',
  setUp: (intent) => {
    const setUp = stack.setUp(intent);
    const [service] = intent.plan.services;
    const client = intent.plan.nodes.find(({ role }) => role === 'client')?.nics[0];
    if (intent.node.role !== 'realServer' || service === undefined || client === undefined) return setUp;
    return { ...setUp, routes: [{ to: `${client.address}/32`, via: service.directors[0]?.dip ?? '' }] };
  },
};

/** Requirements that fail, and no others. */
export const breaks = ['LVS-DR-03'];

/** Nodes that findings name. */
export const guilty = ['web1', 'web2'];
