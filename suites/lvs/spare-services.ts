import type { RecordedNode } from '../../lab/vitest/lab-test.ts';

/** A virtual service of an experiment: on a port or address that the subject does not know. */
export interface SpareService {
  readonly protocol?: 'tcp' | 'udp';
  readonly vip: string;
  readonly port: number;
  readonly scheduler: string;
  /** In the order of adding. */
  readonly realServers: readonly {
    readonly address: string;
    readonly port?: number;
    readonly weight?: number;
  }[];
}

/**
 * Adds services to the director's table beside the subject's, in one program, and looks at the table.
 * They are removed when the test ends.
 */
export async function addSpareServices(
  director: RecordedNode,
  services: readonly SpareService[],
): Promise<void> {
  await director.must(['ipvsadm', '-R'], { input: services.flatMap(linesToAdd).join('\n') });
  director.onUndo(async () => {
    const lines = services.map((service) => `-D ${endpoint(service)}`);
    await director.must(['ipvsadm', '-R'], { input: lines.join('\n') });
    await director.observe('ip_vs');
  });
  await director.observe('ip_vs');
}

function linesToAdd(service: SpareService): readonly string[] {
  return [
    `-A ${endpoint(service)} -s ${service.scheduler}`,
    ...service.realServers.map(
      ({ address, port = service.port, weight = 1 }) =>
        `-a ${endpoint(service)} -r ${address}:${port} -g -w ${weight}`,
    ),
  ];
}

function endpoint({ protocol = 'tcp', vip, port }: SpareService): string {
  return `${protocol === 'tcp' ? '-t' : '-u'} ${vip}:${port}`;
}
