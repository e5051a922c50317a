/** The sentences of the log. Tools that watch the original's log find the same words here. */
import { withPort } from '../address.ts';
import { virtualId, virtualName } from '../config/model.ts';
import type { Command } from '../table/command.ts';
import type { ObservedTable } from '../table/table.ts';
import { destinationKey } from '../table/table.ts';

/** `when` says which purge it is: at the start (and every reload), or at the end. */
export function commandText(
  command: Command,
  before: ObservedTable,
  when: 'start' | 'stop',
): string | undefined {
  const name = virtualName(command.service);
  switch (command.kind) {
    case 'add-service':
      return `Added virtual server: ${name}`;
    case 'edit-service':
      return command.visibility === 'visible' ? `Changed virtual server: ${name}` : undefined;
    case 'delete-service':
      return `Purged virtual server (${when}): ${name}`;
    case 'add-destination': {
      const verb =
        command.settings.weight === 0 && command.owner.role === 'real' ? 'Readd Quiescent' : 'Added';
      return weightText(verb, command, name);
    }
    case 'edit-destination': {
      if (command.visibility === 'refresh') return undefined;
      const isQuiesced = command.settings.weight === 0 && weightBefore(command, before) !== 0;
      return weightText(isQuiesced ? 'Quiescent' : 'Restored', command, name);
    }
    case 'delete-destination': {
      const { role, label } = command.owner;
      const entry = withPort(command.destination.address, command.destination.port);
      if (role === 'foreign') return `Purged real server (${when}): ${entry} (${name})`;
      const mapped = entry === label ? entry : `${entry} mapped from ${label}`;
      return `Deleted ${role} server: ${mapped} (${name})`;
    }
    default:
      return command satisfies never;
  }
}

function weightText(
  verb: string,
  command: Command & { readonly kind: 'add-destination' | 'edit-destination' },
  name: string,
): string {
  const { role, label } = command.owner;
  return `${verb} ${role} server: ${label} (${name}) (Weight set to ${command.settings.weight})`;
}

function weightBefore(
  command: Command & { readonly kind: 'edit-destination' },
  before: ObservedTable,
): number | undefined {
  const key = destinationKey(command.destination);
  const service = before.get(virtualId(command.service));
  return service?.destinations.find((destination) => destinationKey(destination) === key)?.weight;
}

export function softFailureText(
  label: string,
  virtual: string,
  failures: number,
  failureCount: number,
): string {
  return `Soft failure real server: ${label} (${virtual}) failure ${failures}/${failureCount}`;
}

export function failuresForgottenText(label: string, virtual: string): string {
  return `Resetting soft failure count: ${label} (${virtual})`;
}

export function commandFailedText(line: string, reason: string): string {
  return `system(${line}) failed: ${reason}`;
}
