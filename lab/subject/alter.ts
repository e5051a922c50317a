import type { Role } from '../topology/define.ts';
import type { PlannedService } from '../topology/plan.ts';
import type { NodeSetUp, Subject } from './subject.ts';

/*
 * A subject that differs from another in one thing: how a suspicion becomes an experiment, and how the
 * checkers are proved by what they catch.
 */

/** The same subject with the set-up of one role's nodes changed. */
export function alterSetUp(
  base: Subject,
  name: string,
  role: Role,
  change: (setUp: NodeSetUp, node: string) => NodeSetUp,
): Subject {
  return {
    ...base,
    name,
    setUp: (intent) => {
      const setUp = base.setUp(intent);
      return intent.node.role === role ? change(setUp, intent.node.name) : setUp;
    },
  };
}

/** The same subject with its directors told of other services than the topology asks for. */
export function alterServices(
  base: Subject,
  name: string,
  change: (service: PlannedService) => PlannedService,
): Subject {
  return {
    ...base,
    name,
    setUp: (intent) => {
      if (intent.node.role !== 'director') return base.setUp(intent);
      const services = intent.plan.services.map(change);
      return base.setUp({ ...intent, plan: { ...intent.plan, services } });
    },
  };
}
