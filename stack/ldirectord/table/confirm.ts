import { virtualId } from '../config/model.ts';
import type { Command } from './command.ts';
import { destinationKey, type ObservedTable } from './table.ts';

/** Whether what a command is for shows in the table that was read after it. */
export function isConfirmed(command: Command, shown: ObservedTable): boolean {
  const service = shown.get(virtualId(command.service));
  if (command.kind === 'delete-service') return service === undefined;
  if (service === undefined) return command.kind === 'delete-destination';
  if (command.kind === 'add-service' || command.kind === 'edit-service') {
    const { scheduler, onePacket, persistence } = command.settings;
    return (
      service.scheduler === scheduler &&
      service.onePacket === onePacket &&
      service.persistence?.netmask === persistence?.netmask
    );
  }
  const key = destinationKey(command.destination);
  const destination = service.destinations.find((other) => destinationKey(other) === key);
  if (command.kind === 'delete-destination') return destination === undefined;
  return (
    destination?.weight === command.settings.weight && destination.forwarding === command.settings.forwarding
  );
}
