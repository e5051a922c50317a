import { judgeMachine, type MachineFinding } from './doctor/findings.ts';
import { lookAtMachine } from './doctor/look.ts';
import { openProgressBar } from './progress-bar.ts';

const usageExit = 2;

/** `halab doctor`: exit code 0 when the gate could run here. */
export async function doctor(options: { readonly json?: true }): Promise<number> {
  using bar = openProgressBar();
  const facts = await lookAtMachine((text) => bar.show(text));
  bar[Symbol.dispose]();
  const { findings, canRunGate, fix } = judgeMachine(facts);
  if (options.json) {
    console.log(JSON.stringify({ canRunGate, fix: fix ?? null, findings }, null, 2));
  } else {
    for (const finding of findings) console.log(renderFinding(finding));
    console.log('');
    console.log(canRunGate ? 'the gate can run here' : 'the gate cannot run here');
    if (fix !== undefined) console.log(`what is missing comes with:\n\n  ${fix}\n`);
  }
  return canRunGate ? 0 : usageExit;
}

const marks = { present: '✓', missing: '✗', absent: '–' } as const satisfies Record<
  MachineFinding['state'],
  string
>;

function renderFinding({ state, name, text }: MachineFinding): string {
  return `${marks[state]} ${name.padEnd(22)} ${text}`;
}
