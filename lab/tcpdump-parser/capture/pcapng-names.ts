import { formatIpv6 } from '../addresses/ipv6.ts';
import { readMac } from '../addresses/mac.ts';
import { u32 } from '../network-order.ts';
import type { NameRecords } from './capture-handler.ts';
import { NRB_EUI48, NRB_IPV4, NRB_IPV6 } from './pcapng-blocks.ts';
import type { Option } from './pcapng-options.ts';
import { readText } from './pcapng-options.ts';

/** Addresses are in network byte order whatever the section's. Source: draft-ietf-opsawg-pcapng, section 4.5. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [NRB_IPV4, 4],
  [NRB_IPV6, 16],
  [NRB_EUI48, 6],
]);

export interface NamesRead {
  readonly records: NameRecords;
  /** The first record too short for its address. */
  readonly broken: { readonly record: Option; readonly needed: number } | undefined;
}

export function readNames(buffer: Uint8Array, records: readonly Option[]): NamesRead {
  const ipv4: { address: number; names: readonly string[] }[] = [];
  const ipv6: { address: string; names: readonly string[] }[] = [];
  const ethernet: { address: number; names: readonly string[] }[] = [];
  let broken: NamesRead['broken'];
  for (const record of records) {
    const addressBytes = ADDRESS_BYTES.get(record.code);
    if (addressBytes === undefined) continue;
    if (record.length < addressBytes) {
      broken ??= { record, needed: addressBytes };
      continue;
    }
    const at = record.offset;
    const text = readText(buffer, {
      ...record,
      offset: at + addressBytes,
      length: record.length - addressBytes,
    });
    const names = text.split('\0').filter((name) => name !== '');
    if (record.code === NRB_IPV4) ipv4.push({ address: u32(buffer, at), names });
    else if (record.code === NRB_IPV6) ipv6.push({ address: formatIpv6(buffer, at), names });
    else ethernet.push({ address: readMac(buffer, at), names });
  }
  return { records: { ipv4, ipv6, ethernet }, broken };
}
