import { expect, test } from 'vitest';
import { exampleReport } from './example-report.ts';
import { verdictsJson } from './verdicts-json.ts';

test('verdicts.json is the report, whole, and ends with a line', () => {
  const text = verdictsJson(exampleReport);

  expect(JSON.parse(text)).toEqual(exampleReport);
  expect(text.endsWith('}\n')).toBe(true);
});

test('verdicts.json has the members that its readers know, in a fixed order', () => {
  const parsed = JSON.parse(verdictsJson(exampleReport)) as typeof exampleReport;
  const failed = parsed.verdicts[1];

  expect(Object.keys(parsed)).toEqual([
    'halab',
    'subject',
    'machine',
    'seed',
    'startedAt',
    'durationMs',
    'verdicts',
  ]);
  expect(Object.keys(parsed.machine)).toEqual(['accelerator', 'cores', 'kernel', 'qemu', 'image']);
  expect(failed).toMatchInlineSnapshot(`
    {
      "durationMs": 1200,
      "evidence": [
        "LVS-DR-03",
      ],
      "findings": [
        {
          "at": "+12.310 s",
          "claim": "web1 sent a reply to the client through the director",
          "evidence": [
            "LVS-DR-03/lan.pcapng#118",
            "LVS-DR-03/nodes/web1/console.log:40",
          ],
          "expected": "a frame to 02:00:5e:00:00:0a (client)",
          "node": "web1",
          "rule": "LVS-DR-03",
          "seen": [
            "a frame to 02:00:5e:00:00:02 (director)",
            "then the same segment from the director",
          ],
          "segment": "lan",
        },
      ],
      "id": "LVS-DR-03",
      "level": "must",
      "measured": {
        "crossed": 1,
        "replies": 32,
      },
      "reason": "1 of 32 replies crossed the director",
      "title": "A reply does not cross the director.",
      "topology": "lvs-dr",
      "verdict": "fail",
    }
  `);
});
