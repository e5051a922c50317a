export { formatIpv4, parseIpv4 } from './addresses/ipv4.ts';
export { formatIpv6 } from './addresses/ipv6.ts';
export { formatMac, parseMac } from './addresses/mac.ts';
export type { ArpOptions } from './build/arp.ts';
export { buildArp } from './build/arp.ts';
export type { EthernetOptions, LinkOptions } from './build/ethernet.ts';
export { buildEthernet } from './build/ethernet.ts';
export type { IcmpOptions } from './build/icmp.ts';
export { buildIcmp } from './build/icmp.ts';
export type { Ipv4Options } from './build/ipv4.ts';
export { buildIpv4 } from './build/ipv4.ts';
export type { TcpOptions } from './build/tcp.ts';
export { buildTcp } from './build/tcp.ts';
export type { UdpOptions } from './build/udp.ts';
export { buildUdp } from './build/udp.ts';
export type {
  CaptureHandler,
  InterfaceInfo,
  InterfaceStatistics,
  NameRecords,
  SectionInfo,
} from './capture/capture-handler.ts';
export { CaptureParser } from './capture/capture-parser.ts';
export type { CaptureLimit, CaptureProblem } from './capture/capture-problem.ts';
export { CapturedFrame } from './capture/captured-frame.ts';
export type { PcapRecord } from './capture/pcap-encoder.ts';
export { PcapEncoder } from './capture/pcap-encoder.ts';
export type {
  EnhancedPacketOptions,
  InterfaceDescriptionOptions,
  NameResolutionOptions,
  SectionHeaderOptions,
} from './capture/pcapng-encoder.ts';
export { PcapngEncoder } from './capture/pcapng-encoder.ts';
export { readCaptureFile } from './capture/read-capture-file.ts';
export type { ArpLayer, OtherArpLayer } from './dissect/arp.ts';
export { dissect } from './dissect/dissect.ts';
export type { DissectError, DissectErrorLayer, LengthLimit } from './dissect/dissect-error.ts';
export type { EthernetLayer } from './dissect/ethernet.ts';
export type { IcmpLayer } from './dissect/icmp.ts';
export type { Icmpv6Layer } from './dissect/icmpv6.ts';
export type { Ipv4Layer } from './dissect/ipv4.ts';
export type { Ipv4Option } from './dissect/ipv4-options.ts';
export type { Ipv6Layer } from './dissect/ipv6.ts';
export type { Ipv6ExtensionLayer, Ipv6Option } from './dissect/ipv6-extension.ts';
export type { Layer, MalformedLayer, PayloadLayer } from './dissect/layer.ts';
export type { LinuxSllLayer } from './dissect/linux-sll.ts';
export type { LinuxSll2Layer } from './dissect/linux-sll2.ts';
export type { NullLayer } from './dissect/null-loopback.ts';
export { summarize } from './dissect/summarize.ts';
export type { TcpLayer, TcpStartLayer } from './dissect/tcp.ts';
export type { TcpOption } from './dissect/tcp-options.ts';
export type { UdpLayer } from './dissect/udp.ts';
export type { VlanLayer } from './dissect/vlan.ts';
export * from './link-types.ts';
export type { ChecksumState, Checksums } from './packet/checksums.ts';
export { internetChecksum, verifyChecksums } from './packet/checksums.ts';
export * from './packet/layer-bits.ts';
export { Packet } from './packet/packet.ts';
export * from './protocol-numbers.ts';
