import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { reapOrphans } from '../run-directory.ts';
import { fail } from './fail.ts';
import { halabVersion } from './version.ts';

/**
 * Runs one command and answers with the exit code: 0 all well, 1 a verdict is *fail*, 2 wrong usage or
 * configuration, 3 the lab could not tell. Never rejects.
 */
export async function main(argv: readonly string[]): Promise<number> {
  endQuietlyWithTheReader();
  // What nobody caught gets the same words as what is caught below; the next command clears up after us.
  process.on('uncaughtException', (error) => process.exit(fail(error, argv)));
  let exitCode = 0;
  const program = commandLine((work) => async (...args) => {
    exitCode = await work(...args);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // How commander leaves after --help and --version.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return fail(error, argv);
  }
}

/** Makes an action of a function that answers with an exit code. */
type Runs = <Args extends unknown[]>(
  work: (...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>;

/** Each command is a file of its own, read when the command is called: help and mistakes cost nothing. */
function commandLine(runs: Runs): Command {
  const program = new Command('halab')
    .description('A lab test kit and conformance suite for Linux high-availability load balancing.')
    .version(halabVersion(), '--version', 'print the version')
    .exitOverride()
    // What commander would print of a mistake is printed by fail.ts, in one form with all others.
    .configureOutput({ outputError: () => {} })
    // Options after a command are the command's, or those of the program that it runs in a node.
    .enablePositionalOptions()
    .hook('preAction', reap);

  program
    .command('run')
    .description('run the conformance suites on a subject')
    .argument('[ids...]', 'requirement IDs or families (LVS-DR-02, LVS-DR, LVS); all when none is given')
    .option('--subject <name or file>', 'what is judged', 'stack')
    .option('--seed <number>', 'seeds everything that is drawn by chance', wholeNumber, 1)
    .option('--repeat <times>', 'run everything so many times', wholeNumber, 1)
    .option('--out <folder>', 'where reports and evidence go (default: reports/runs/)')
    .option('--accelerator <kvm or tcg>', 'instead of trying KVM', oneOf('kvm', 'tcg'))
    .option('--json', 'print the report as JSON')
    .action(runs(async (ids, options) => (await import('./run.ts')).run(ids, options)));

  program
    .command('list')
    .description('list the requirements: ID, level, statement, source, topologies')
    .argument('[ids...]', 'requirement IDs or families; all when none is given')
    .option('--json', 'print the list as JSON')
    .action(
      runs(async (ids: readonly string[], options: { readonly json?: true }) => {
        const { listRequirements } = await import('./list.ts');
        const { columns } = process.stdout;
        const width = columns === undefined ? {} : { width: columns };
        process.stdout.write(listRequirements({ json: options.json === true, filter: ids, ...width }));
        return 0;
      }),
    );

  program
    .command('check')
    .description('judge captures with the rules that judge a live lab')
    .argument('<files...>', 'captures: FILE, or SEGMENT=FILE for one of several segments')
    .option('--topology <name or file>', 'which machine has which address; recognised in captures of the lab')
    .option('--wire-only', 'leave aside what a lab recorded beside the captures')
    .option('--damaged', 'judge what there is of a capture that is cut or damaged')
    .option('--json', 'print the report as JSON')
    .action(runs(async (files, options) => (await import('./check.ts')).check(files, options)));

  program
    .command('graph')
    .description('draw a topology')
    .argument('<topology>', 'a built-in name, or the path of a file')
    .option('--ascii', 'draw without box-drawing characters')
    .option('--mermaid', 'write a Mermaid flowchart')
    .option('--dot', 'write a Graphviz graph')
    .action(runs(async (topology, options) => (await import('./graph.ts')).graph(topology, options)));

  program
    .command('doctor')
    .description('say what this machine can run, what is missing, and the one command that fixes it')
    .option('--json', 'print the findings as JSON')
    .action(runs(async (options) => (await import('./doctor.ts')).doctor(options)));

  const image = program.command('image').description('the guest image that machines are made from');
  image
    .command('build')
    .description('build the image, unless it is there')
    .action(runs(async () => (await import('./image.ts')).buildImage()));
  image
    .command('list')
    .description('list images and the snapshots made from them')
    .option('--json', 'print the list as JSON')
    .action(runs(async (options) => (await import('./image.ts')).listImages(options)));
  image
    .command('prune')
    .description('remove images and snapshots that newer ones have replaced')
    .option('--all', 'remove the current image too')
    .action(runs(async (options) => (await import('./image.ts')).pruneImages(options)));

  program
    .command('up')
    .description('bring up a lab that stays until `halab down`')
    .argument('<topology>', 'a built-in name, or the path of a file')
    .option('--subject <name or file>', 'what is installed; `none` for machines alone', 'stack')
    .option('--name <lab>', 'what the lab is called (default: as the topology)')
    .option('--accelerator <kvm or tcg>', 'instead of trying KVM', oneOf('kvm', 'tcg'))
    .option('--seed <number>', 'seeds everything that is drawn by chance', wholeNumber, 1)
    .action(runs(async (topology, options) => (await import('./up.ts')).up(topology, options)));

  program
    .command('ps')
    .description('list the labs that are up, with their nodes and faults')
    .option('--json', 'print the list as JSON')
    .action(runs(async (options) => (await import('./ps.ts')).ps(options)));

  program
    .command('exec')
    .description('run a program in a node; its output and exit code are those of this command')
    .usage('[options] <node> -- <command…>')
    .argument('<node>', 'a node of the lab')
    .argument('<command...>', 'the program and its arguments')
    .option('--lab <lab>', 'which lab, when several are up')
    .option('-i, --stdin', 'hand standard input on to the program')
    .option('-t, --terminal', 'run it in a terminal, for programs that draw on one')
    .passThroughOptions()
    .action(runs(async (node, argv, options) => (await import('./exec.ts')).exec(node, argv, options)));

  program
    .command('sh')
    .description('open a shell in a node')
    .argument('<node>', 'a node of the lab')
    .option('--lab <lab>', 'which lab, when several are up')
    .action(runs(async (node, options) => (await import('./sh.ts')).sh(node, options)));

  program
    .command('fault')
    .description('break something in a lab: power, cables, frames, daemons, clocks')
    .usage('[--lab <lab>] <name> …, or list')
    .argument('[words...]', 'the fault and its parameters; `halab fault --help` lists them')
    .option('--lab <lab>', 'which lab, when several are up')
    // Parameters are read by the faults themselves, and so is --help.
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(runs(async (words, options) => (await import('./fault.ts')).fault(words, options)));

  program
    .command('heal')
    .description('take back a fault')
    .argument('[fault]', 'its id, or all; may be left out when one is active')
    .option('--lab <lab>', 'which lab, when several are up')
    .action(runs(async (which, options) => (await import('./heal.ts')).heal(which, options)));

  program
    .command('capture')
    .description('show what crosses a segment or line, or write it as pcapng')
    .argument('<wire>', 'a segment or line of the lab')
    .option('-w, --write <file>', 'write a capture; `-` pipes it: halab capture lan -w - | wireshark -k -i -')
    .option('-c, --count <frames>', 'end after so many frames', wholeNumber)
    .option('-n, --numeric', 'show addresses rather than names')
    .option('--lab <lab>', 'which lab, when several are up')
    .action(runs(async (wire, options) => (await import('./capture.ts')).capture(wire, options)));

  program
    .command('down')
    .description('end a lab; nothing of it is left')
    .argument('[lab]', 'its name; may be left out when one is up')
    .option('--all', 'end every lab that is up')
    .action(runs(async (lab, options) => (await import('./down.ts')).down(lab, options)));

  program
    .command('version')
    .description('print the version')
    .action(
      runs(async () => {
        console.log(halabVersion());
        return 0;
      }),
    );

  return program;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError(`it is "${text}"; allowed is a whole number from 1`);
}

function oneOf<const Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`it is "${text}"; allowed are ${words.join(', ')}`);
  };
}

function reap(): void {
  for (const { directory, ended } of reapOrphans()) {
    const processes =
      ended.length === 0 ? '' : ` and ${ended.length} process${ended.length === 1 ? '' : 'es'}`;
    console.error(`removed what a killed lab left: ${directory}${processes}`);
  }
}

/** As other programs in a pipe do: when the reader of our output has gone, so do we, without a word. */
function endQuietlyWithTheReader(): void {
  const brokenPipeExit = 141; // 128 + SIGPIPE
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(brokenPipeExit);
      throw error;
    });
  }
}
