import { describe, expect, test } from 'vitest';
import { passed } from '../judgement.ts';
import type { Rule } from '../rule.ts';
import { TestScene } from '../test-scene.ts';
import { mayConcern, tableHistory } from './table-history.ts';

const web = { '203.0.113.80:80 rr': ['203.0.113.21:80'] };
const both = { ...web, '203.0.113.80:81 rr': ['203.0.113.21:81'] };

/** What the history says of the director's table at each mark, as the number of services, and how epochs ended. */
function told(scene: TestScene): readonly string[] {
  const lines: string[] = [];
  const rule: Rule = {
    id: 'TEST-01',
    needs: ['events'],
    interest: [],
    open: (context) => {
      const history = context.view(tableHistory);
      history.onEnd(({ number }, isCertain) =>
        lines.push(`epoch ${number} ${isCertain ? 'certain' : 'uncertain'}`),
      );
      history.onBegin((epoch) => {
        const concern = mayConcern(epoch, 'tcp', { address: 0xcb007150, port: 80 });
        const made = history.wasMade(epoch, { vip: 0xcb007150, port: 81, protocol: 'tcp' });
        if (concern) lines.push(`epoch ${epoch.number} may have touched port 80`);
        if (made) lines.push(`epoch ${epoch.number} made port 81`);
      });
      return {
        event: ({ kind, at }) => {
          if (kind === 'mark')
            lines.push(`${history.at('director', at)?.table.services.length ?? 'unknown'}`);
        },
        finish: () => passed(''),
      };
    },
  };
  scene.judge(rule);
  return lines;
}

const mark = (scene: TestScene) => scene.wait(1);

describe("a director's tables", () => {
  test('are in force from the end of the look on', () => {
    const scene = new TestScene().wait(1);
    scene.event({ kind: 'mark', at: 1.2e6, text: 'during the look' });
    expect(told(mark(scene.table(web)))).toEqual(['unknown', 'unknown', '1', 'epoch 0 certain']);
  });

  test('are unknown from a command that changes them to the next look', () => {
    const scene = new TestScene().table(web).command('ipvsadm -A -t 203.0.113.80:81 -s rr');
    expect(told(mark(mark(scene).table(both)))).toEqual([
      'unknown',
      'epoch 0 certain',
      'epoch 1 made port 81',
      '2',
      'epoch 1 certain',
    ]);
  });

  test('were uncertain when they are found changed and no command says since when', () => {
    const scene = mark(mark(new TestScene().table(web)).table(both));
    expect(told(scene)).toEqual(['1', 'epoch 0 uncertain', 'epoch 1 made port 81', '2', 'epoch 1 certain']);
  });

  test('go on when they are found the same, whatever the counters say', () => {
    const scene = mark(
      mark(new TestScene().table(web)).table({ '203.0.113.80:80 rr': ['203.0.113.21:80 1 3 4'] }),
    );
    expect(told(scene)).toEqual(['1', '1', 'epoch 0 certain']);
  });

  test('are not changed by commands that look, fail, or run in another namespace', () => {
    const scene = new TestScene()
      .table(web)
      .command('ipvsadm -L -n')
      .command('ip netns exec scratch ipvsadm -C');
    expect(told(mark(scene.command('ipvsadm -C', { exitCode: 255 })))).toEqual(['1', 'epoch 0 certain']);
  });

  test('are not read from a look during a command', () => {
    const scene = new TestScene().table(web);
    scene.event({
      kind: 'command',
      at: 1e6,
      until: 5e6,
      node: 'director',
      argv: ['ipvsadm', '-C'],
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(told(mark(scene.at(2).table({})))).toEqual(['unknown', 'epoch 0 certain']);
  });

  test('are not read from a look that a command began in', () => {
    const scene = new TestScene().table(web).event({
      kind: 'observation',
      at: 1e6,
      until: 5e6,
      node: 'director',
      what: 'ip_vs',
      text: '',
    });
    const line = { kind: 'command', node: 'director', exitCode: 0, stdout: '', stderr: '' } as const;
    scene.event({ ...line, at: 2e6, until: 8e6, argv: ['ipvsadm', '-C'] });
    expect(told(mark(scene.at(9)))).toEqual(['unknown', 'epoch 0 certain']);
  });

  test('may have been made anew by a restore whose rules nobody knows, and not by one that is about others', () => {
    const change = (input?: string) => {
      const scene = new TestScene().table(web).command('ipvsadm -R', input === undefined ? {} : { input });
      return told(scene.table(both));
    };
    expect(change()).toContain('epoch 1 may have touched port 80');
    expect(change('-A -t 203.0.113.80:81 -s rr')).not.toContain('epoch 1 may have touched port 80');
    expect(change('-E -t 203.0.113.80:80 -s wlc')).toContain('epoch 1 may have touched port 80');
  });
});
