import { LabError } from '../errors.ts';
import { unknownName } from '../wires/nearest-name.ts';
import type { FaultGround } from './fault.ts';
import { defineFault } from './fault-kind.ts';
import { firstWord, nodeName } from './names.ts';
import { type OptionalParameter, type Parameter, wanted } from './parameter.ts';
import { listProcesses, namesRunning, pidsNamed } from './process-names.ts';

/** KILL and TERM end a daemon, the one without and the other with its own clean-up; STOP makes it hang. */
const signals = ['KILL', 'TERM', 'STOP'] as const;
export type KillSignal = (typeof signals)[number];

const daemonName: Parameter<string> = {
  isOptional: false,
  placeholder: 'DAEMON',
  help: 'the name of a program that runs there',
  read: firstWord,
  problems: (value, _, label) =>
    typeof value === 'string' && value !== '' ? [] : [wanted(label, value, 'the name of a program')],
};

const signalName: OptionalParameter<KillSignal> = {
  isOptional: true,
  placeholder: 'SIGNAL',
  help: 'KILL (default), TERM, or STOP for a daemon that hangs',
  read: firstWord,
  problems: (value, _, label) =>
    signals.some((name) => name === value) ? [] : [wanted(label, value, signals.join(' or '))],
};

export const kill = defineFault({
  name: 'kill',
  summary: 'signals every process of a daemon on a node',
  healing:
    'starts the installed subject again if the node is a director; after STOP, lets the processes go on',
  words: ['node', 'daemon'],
  parameters: { node: nodeName, daemon: daemonName, signal: signalName },
  prepare: ({ node, daemon, signal = 'KILL' }) => ({
    description: `${daemon} on ${node} sent SIG${signal}`,
    node: { name: node, needs: 'execution', endsWithPower: true },
    inject: async (ground) => {
      const pids = await findProcesses(ground, node, daemon);
      await run(ground, node, ['kill', `-${signal}`, ...pids]);
      return {
        heal: async () => {
          if (signal === 'STOP') await run(ground, node, ['kill', '-CONT', ...pids]);
          else await ground.startSubject(node);
          return undefined;
        },
      };
    },
  }),
});

async function findProcesses(ground: FaultGround, node: string, daemon: string): Promise<readonly string[]> {
  const listing = await run(ground, node, listProcesses);
  const pids = pidsNamed(listing, daemon);
  if (pids.length > 0) return pids.map(String);
  throw new LabError('LAB_USAGE', unknownName(`process on ${node}`, daemon, namesRunning(listing)), { node });
}

async function run(ground: FaultGround, name: string, argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await ground.node(name).machine.run(argv);
  if (exitCode === 0) return stdout;
  throw new LabError(
    'LAB_COMMAND_FAILED',
    `"${argv.join(' ')}" on ${name} ended with ${exitCode}: ${stderr.trim()}`,
    {
      node: name,
    },
  );
}
