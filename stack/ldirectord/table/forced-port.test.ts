import { expect, test } from 'vitest';
import { forcedPort } from './forced-port.ts';

const vip = { kind: 'address', address: '192.0.2.80', port: 80 } as const;
const mark = { kind: 'mark', mark: 7 } as const;

test.for([
  [vip, 'dr', 8080, 80],
  [vip, 'tun', 8080, 80],
  [vip, 'nat', 8080, 8080],
  [vip, 'nat', 0, 80],
  [vip, 'dr', 0, 80],
  [mark, 'dr', 8080, 8080],
  [mark, 'nat', 8080, 8080],
  [mark, 'dr', 0, 0],
] as const)('%j by %s with port %i is entered with port %i', ([virtual, forwarding, port, entered]) => {
  expect(forcedPort(virtual, { forwarding, port })).toBe(entered);
});
