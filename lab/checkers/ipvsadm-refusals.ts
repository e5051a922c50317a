/**
 * What ipvsadm has to refuse, in which words and with which exit code. Measured with ipvsadm 1.31 on Linux 6.1; the
 * words for what the kernel refuses come from libipvs, which translates its error numbers.
 */
export interface RefusedCommand {
  /** What is wrong with the command. */
  readonly name: string;
  /** Rules that `ipvsadm -R` is to carry out on an empty table before. */
  readonly setUp: readonly string[];
  /** Arguments without the program's name. */
  readonly argv: readonly string[];
  /** The only line of its standard error. */
  readonly message: string;
  readonly exitCode: number;
}

/** libipvs returned an error: `exit(-1)`. */
const refused = 255;
/** The arguments themselves are wrong. */
const wrongUsage = 2;

const vip = '198.51.100.1';
const service = `${vip}:80`;
const server = '192.0.2.1:80';
const addService = `-A -t ${service} -s rr`;
const addServer = `-a -t ${service} -r ${server} -g -w 1`;

export const refusedCommands: readonly RefusedCommand[] = [
  {
    name: 'adding a service that exists',
    setUp: [addService],
    argv: ['-A', '-t', service, '-s', 'rr'],
    message: 'Service already exists',
    exitCode: refused,
  },
  {
    name: 'adding a service with a scheduler that does not exist',
    setUp: [],
    argv: ['-A', '-t', service, '-s', 'nosuch'],
    message: 'Scheduler or persistence engine not found',
    exitCode: refused,
  },
  {
    name: 'editing a service that does not exist',
    setUp: [],
    argv: ['-E', '-t', service, '-s', 'rr'],
    message: 'No such service',
    exitCode: refused,
  },
  {
    name: 'deleting a service that does not exist',
    setUp: [],
    argv: ['-D', '-t', service],
    message: 'No such service',
    exitCode: refused,
  },
  {
    name: 'adding a real server that exists',
    setUp: [addService, addServer],
    argv: ['-a', '-t', service, '-r', server, '-g'],
    message: 'Destination already exists',
    exitCode: refused,
  },
  {
    name: 'adding a real server to a service that does not exist',
    setUp: [],
    argv: ['-a', '-t', service, '-r', server, '-g'],
    message: 'Service not defined',
    exitCode: refused,
  },
  {
    name: 'editing a real server that does not exist',
    setUp: [addService],
    argv: ['-e', '-t', service, '-r', server, '-g'],
    message: 'No such destination',
    exitCode: refused,
  },
  {
    name: 'deleting a real server that does not exist',
    setUp: [addService],
    argv: ['-d', '-t', service, '-r', server],
    message: 'No such destination',
    exitCode: refused,
  },
  {
    name: 'a negative weight',
    setUp: [addService],
    argv: ['-a', '-t', service, '-r', server, '-g', '-w', '-1'],
    message: 'illegal weight specified',
    exitCode: wrongUsage,
  },
  {
    name: 'a lower threshold above the upper one',
    setUp: [addService],
    argv: ['-a', '-t', service, '-r', server, '-g', '-x', '10', '-y', '20'],
    message: 'Numerical result out of range',
    exitCode: refused,
  },
  {
    name: 'port 0 for a service that is not persistent',
    setUp: [],
    argv: ['-A', '-t', `${vip}:0`, '-s', 'rr'],
    message: 'Zero port specified for non-persistent service',
    exitCode: wrongUsage,
  },
  {
    name: 'an option that does not exist',
    setUp: [],
    argv: ['-L', '-n', '--status'],
    message: '--status: unknown option',
    exitCode: refused,
  },
  {
    name: 'stopping a synchronisation daemon that does not run',
    setUp: [],
    argv: ['--stop-daemon', 'master'],
    message: 'No daemon is running',
    exitCode: refused,
  },
];
