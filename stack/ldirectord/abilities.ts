import { checkableServices } from './checks/services.ts';
import type { Config, VirtualService } from './config/model.ts';
import type { Problem } from './config/problem.ts';
import { checkedPort } from './director/check-plan.ts';

/**
 * What a readable configuration asks for that this program cannot do. A check that cannot be made is a
 * problem, because the server would look up or down for no reason; the rest is worth a warning.
 */
export function missingAbilities(config: Config): {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
} {
  const problems = config.virtuals.flatMap((virtual) => [...missingCheck(virtual), ...missingPort(virtual)]);
  const mailing = config.virtuals.find(({ emailAlert }) => emailAlert !== undefined);
  const warnings =
    mailing === undefined
      ? []
      : [{ at: mailing.at, text: 'emailalert is understood, but this program sends no mail' }];
  return { problems, warnings };
}

function missingCheck(virtual: VirtualService): readonly Problem[] {
  const { checkType, service, at } = virtual;
  if (checkType.kind === 'external-perl') {
    return [{ at, text: 'found checktype external-perl, which this program cannot run; allowed: external' }];
  }
  const isNegotiating = checkType.kind === 'negotiate' || checkType.kind === 'combined';
  if (!isNegotiating || checkableServices.includes(service)) return [];
  const allowed = `${checkableServices.join(', ')}, or checktype connect`;
  return [
    { at, text: `found service ${service}, which this program cannot negotiate yet; allowed: ${allowed}` },
  ];
}

function missingPort(virtual: VirtualService): readonly Problem[] {
  const { checkType, service, protocol } = virtual;
  const connects = checkType.kind === 'connect' || checkType.kind === 'combined';
  const needsPort =
    (connects && protocol !== 'udp') || (checkType.kind === 'negotiate' && service !== 'none');
  if (!needsPort) return [];
  return virtual.realServers
    .filter((server) => checkedPort(virtual, server) === 0)
    .map(({ at }) => ({
      at,
      text: 'found no port to check; allowed: a port here, checkport or service in the section',
    }));
}
