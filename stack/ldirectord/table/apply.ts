/** A model of the kernel's table: what each command does to it, and what the kernel says when it refuses. */
import { virtualId } from '../config/model.ts';
import type { Command } from './command.ts';
import {
  destinationKey,
  type ObservedDestination,
  type ObservedService,
  type ObservedTable,
} from './table.ts';

export type Applied =
  | { readonly ok: true; readonly table: ObservedTable }
  | { readonly ok: false; readonly error: string };

/** The table after one command. New destinations come first. */
export function applyCommand(table: ObservedTable, command: Command): Applied {
  const key = virtualId(command.service);
  const service = table.get(key);
  if (command.kind === 'add-service') {
    if (service !== undefined) return { ok: false, error: 'Service already exists' };
    return replaced(table, key, withSettings(command, []));
  }
  if (command.kind === 'edit-service' || command.kind === 'delete-service') {
    if (service === undefined) return { ok: false, error: 'No such service' };
    if (command.kind === 'edit-service')
      return replaced(table, key, withSettings(command, service.destinations));
    const rest = new Map(table);
    rest.delete(key);
    return { ok: true, table: rest };
  }
  if (service === undefined) return { ok: false, error: 'Service not defined' };
  const named = destinationKey(command.destination);
  const index = service.destinations.findIndex((destination) => destinationKey(destination) === named);
  const destinations = [...service.destinations];
  if (command.kind === 'add-destination') {
    if (index !== -1) return { ok: false, error: 'Destination already exists' };
    destinations.unshift(destinationOf(command));
  } else {
    if (index === -1) return { ok: false, error: 'No such destination' };
    if (command.kind === 'delete-destination') destinations.splice(index, 1);
    else destinations[index] = destinationOf(command);
  }
  return replaced(table, key, { ...service, destinations });
}

/** The table after many commands, of which those that the kernel refuses change nothing. */
export function applyCommands(table: ObservedTable, commands: readonly Command[]): ObservedTable {
  return commands.reduce((current, command) => {
    const applied = applyCommand(current, command);
    return applied.ok ? applied.table : current;
  }, table);
}

function replaced(table: ObservedTable, key: string, service: ObservedService): Applied {
  return { ok: true, table: new Map(table).set(key, service) };
}

function withSettings(
  command: Command & { readonly kind: 'add-service' | 'edit-service' },
  destinations: readonly ObservedDestination[],
): ObservedService {
  const { persistence, ...settings } = command.settings;
  return {
    name: command.service,
    ...settings,
    persistence: persistence && { ...persistence, ticks: 0 },
    destinations,
  };
}

function destinationOf(
  command: Command & { readonly kind: 'add-destination' | 'edit-destination' },
): ObservedDestination {
  const { address, port } = command.destination;
  return { address, port, ...command.settings };
}
