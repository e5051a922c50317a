import { expect, test } from 'vitest';
import { dissectError } from './dissect-error.ts';

test('an error says where, how much was needed, how much there was and why', () => {
  expect(dissectError('udp', 34, 25, 24, 'ipv4-total-length').text).toMatchInlineSnapshot(
    `"udp at byte 34: 25 bytes needed, 24 available: the IPv4 total length says so"`,
  );
  expect(dissectError('tcp', 34, 20, 11, 'snap-length').text).toMatchInlineSnapshot(
    `"tcp at byte 34: 20 bytes needed, 11 available: the capture was cut by its snap length"`,
  );
  expect(dissectError('ipv4', 14, 4, 5, 'ip-version').text).toMatchInlineSnapshot(
    `"ipv4 at byte 14: version is 5, 4 belongs here"`,
  );
  expect(dissectError('ip', 0, 0, 5, 'ip-version').text).toMatchInlineSnapshot(
    `"ip at byte 0: version is 5, 4 or 6 belongs here"`,
  );
  expect(dissectError('vlan', 46, 9, 8, 'nesting-limit').text).toMatchInlineSnapshot(
    `"vlan at byte 46: header 9 of its kind, at most 8 are followed"`,
  );
});
