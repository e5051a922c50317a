import { describe, expect, test } from 'vitest';
import { applyCommand, applyCommands } from './apply.ts';
import type { Command } from './command.ts';
import type { ObservedTable, ServiceName } from './table.ts';

const service: ServiceName = { protocol: 'fwm', family: 'ipv4', address: { kind: 'mark', mark: 7 } };
const settings = { scheduler: 'rr', persistence: undefined, onePacket: false, schedulerFlags: '' };
const owner = { role: 'real', label: '' } as const;
const server = (address: string) =>
  ({
    service,
    destination: { address, port: 80 },
    settings: { forwarding: 'dr', weight: 1, thresholds: { lower: 0, upper: 0 } },
    owner,
  }) as const;

const addService: Command = { kind: 'add-service', service, settings };
const editService: Command = { kind: 'edit-service', service, settings, visibility: 'visible' };
const deleteService: Command = { kind: 'delete-service', service };
const add: Command = { kind: 'add-destination', ...server('198.51.100.2') };
const edit: Command = { kind: 'edit-destination', ...server('198.51.100.2'), visibility: 'visible' };
const remove: Command = { kind: 'delete-destination', ...server('198.51.100.2') };

const nothing: ObservedTable = new Map();
const empty = applyCommands(nothing, [addService]);
const one = applyCommands(empty, [add]);

describe('the kernel refuses', () => {
  // The words are those of ipvsadm 1.31.
  test.for([
    ['a second service', empty, addService, 'Service already exists'],
    ['to edit no service', nothing, editService, 'No such service'],
    ['to delete no service', nothing, deleteService, 'No such service'],
    ['a server of no service', nothing, add, 'Service not defined'],
    ['a second server', one, add, 'Destination already exists'],
    ['to edit no server', empty, edit, 'No such destination'],
    ['to delete no server', empty, remove, 'No such destination'],
  ] as const)('%s', ([_, table, command, error]) => {
    expect(applyCommand(table, command)).toEqual({ ok: false, error });
  });
});

test('the newest server comes first', () => {
  const two = applyCommands(one, [{ kind: 'add-destination', ...server('198.51.100.3') }]);
  expect(two.get('fwm:7')?.destinations.map(({ address }) => address)).toEqual([
    '198.51.100.3',
    '198.51.100.2',
  ]);
});

test('what is refused changes nothing, and what follows is done', () => {
  expect(applyCommands(one, [add, deleteService, edit, addService, add])).toEqual(one);
});
