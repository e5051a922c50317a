/**
 * The shortest way from the table as it is to the table as it should be, in an order that never leaves
 * a service without a server when it had one and will have one:
 *
 *   recovery      real server first, then the fallback goes
 *   last failure  real server goes, then the fallback comes; clients are refused in between, rather than
 *                 sent to the fallback while the real server still gets its share
 *   replacement   the new servers first, then the old ones go
 *
 * Services that are in no list of the wanted table are never touched.
 */
import { withPort } from '../address.ts';
import { virtualId } from '../config/model.ts';
import type { Command, Owner } from './command.ts';
import {
  type DestinationName,
  destinationKey,
  type ObservedDestination,
  type ObservedService,
  type ObservedTable,
  type WantedDestination,
  type WantedService,
  type WantedTable,
} from './table.ts';

/** Commands in the order in which they must run; none when the table is as wanted. */
export function plan(wanted: WantedTable, observed: ObservedTable): readonly Command[] {
  const removals = wanted.removed.flatMap(({ name, fallback }) => {
    const service = observed.get(virtualId(name));
    return service === undefined ? [] : planRemoval(service, fallback);
  });
  const changes = wanted.services.flatMap((service) =>
    planService(service, observed.get(virtualId(service.name))),
  );
  return [...changes, ...removals];
}

/** Servers go one by one before their service, for the log; quiesced ones and the fallback go with it. */
function planRemoval(observed: ObservedService, fallback: DestinationName | undefined): readonly Command[] {
  const service = observed.name;
  const fallbackKey = fallback && destinationKey(fallback);
  const servers = observed.destinations
    .filter((destination) => destination.weight > 0 && destinationKey(destination) !== fallbackKey)
    .map(
      (destination): Command => ({
        kind: 'delete-destination',
        service,
        destination,
        owner: foreign(destination),
      }),
    );
  return [...servers, { kind: 'delete-service', service }];
}

function planService(wanted: WantedService, observed: ObservedService | undefined): readonly Command[] {
  const { name: service, destinations: _, ...settings } = wanted;
  const commands: Command[] = [];
  if (observed === undefined) commands.push({ kind: 'add-service', service, settings });
  else {
    const difference = serviceDifference(wanted, observed);
    if (difference !== undefined)
      commands.push({ kind: 'edit-service', service, settings, visibility: difference });
  }
  const present = new Map(
    observed?.destinations.map((destination) => [destinationKey(destination), destination]),
  );
  const wishes = new Map<string, WantedDestination>();
  for (const wish of wanted.destinations) {
    // A fallback at the address of a real server is one entry with it: whoever is to serve decides.
    const key = destinationKey(wish);
    const other = wishes.get(key);
    if (other === undefined || claim(wish) > claim(other)) wishes.set(key, wish);
  }
  const decided = [...wishes.values()];
  const real = decided.filter(({ role }) => role === 'real');
  const fallback = decided.filter(({ role }) => role === 'fallback');
  const strangers = [...present.values()].filter((destination) => !wishes.has(destinationKey(destination)));

  const enter = (wish: WantedDestination) =>
    enterDestination(wanted, wish, present.get(destinationKey(wish)));
  const leave = (wish: WantedDestination) =>
    leaveDestination(wanted, wish, present.get(destinationKey(wish)));
  return [
    ...commands,
    ...real.flatMap(enter),
    ...fallback.flatMap(leave),
    ...real.flatMap(leave),
    ...strangers.map(
      (destination): Command => ({
        kind: 'delete-destination',
        service,
        destination,
        owner: foreign(destination),
      }),
    ),
    ...fallback.flatMap(enter),
  ];
}

/** How strongly a wish holds an entry of the table: not at all, quiesced, or serving. */
function claim(wish: WantedDestination): number {
  if (wish.presence === 'absent') return 0;
  return wish.weight === 0 ? 1 : 2;
}

/** The command that lets a destination take connections. */
function enterDestination(
  wanted: WantedService,
  wish: WantedDestination,
  present: ObservedDestination | undefined,
): readonly Command[] {
  if (wish.presence === 'absent' || (wish.weight === 0 && present !== undefined)) return [];
  if (present !== undefined) return editDestination(wanted, wish, present);
  if (wish.presence === 'if-present') return [];
  return [{ kind: 'add-destination', service: wanted.name, ...parts(wish) }];
}

/** The command that keeps connections from a destination. */
function leaveDestination(
  wanted: WantedService,
  wish: WantedDestination,
  present: ObservedDestination | undefined,
): readonly Command[] {
  if (present === undefined) return [];
  if (wish.presence === 'absent') {
    return [{ kind: 'delete-destination', service: wanted.name, destination: present, owner: ownerOf(wish) }];
  }
  return wish.weight === 0 ? editDestination(wanted, wish, present) : [];
}

function editDestination(
  wanted: WantedService,
  wish: WantedDestination,
  present: ObservedDestination,
): readonly Command[] {
  const visibility = destinationDifference(wish, present);
  if (visibility === undefined) return [];
  return [{ kind: 'edit-destination', service: wanted.name, ...parts(wish), visibility }];
}

function parts(
  wish: WantedDestination,
): Pick<Command & { kind: 'add-destination' }, 'destination' | 'settings' | 'owner'> {
  const { address, port, forwarding, weight, thresholds } = wish;
  return {
    destination: { address, port },
    settings: { forwarding, weight, thresholds },
    owner: ownerOf(wish),
  };
}

function ownerOf(wish: WantedDestination): Owner {
  return { role: wish.role, label: wish.label };
}

function foreign(destination: ObservedDestination): Owner {
  return { role: 'foreign', label: withPort(destination.address, destination.port) };
}

function serviceDifference(
  wanted: WantedService,
  observed: ObservedService,
): 'visible' | 'refresh' | undefined {
  const isVisible =
    wanted.scheduler !== observed.scheduler ||
    wanted.onePacket !== observed.onePacket ||
    (wanted.persistence === undefined) !== (observed.persistence === undefined) ||
    wanted.persistence?.netmask !== observed.persistence?.netmask;
  if (isVisible) return 'visible';
  const seconds = observed.persistence?.seconds;
  const flags = observed.schedulerFlags;
  if (seconds !== undefined && seconds !== wanted.persistence?.seconds) return 'visible';
  if (flags !== undefined && flags !== wanted.schedulerFlags) return 'visible';
  const isKnown = flags !== undefined && (observed.persistence === undefined || seconds !== undefined);
  return isKnown ? undefined : 'refresh';
}

function destinationDifference(
  wish: WantedDestination,
  present: ObservedDestination,
): 'visible' | 'refresh' | undefined {
  if (wish.forwarding !== present.forwarding || wish.weight !== present.weight) return 'visible';
  if (present.thresholds === undefined) return 'refresh';
  const { lower, upper } = present.thresholds;
  return lower === wish.thresholds.lower && upper === wish.thresholds.upper ? undefined : 'visible';
}
