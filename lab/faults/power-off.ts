import { defineFault } from './fault-kind.ts';
import { nodeName } from './names.ts';

export const powerOff = defineFault({
  name: 'power-off',
  summary: 'pulls the plug of a node: no shutdown, no last packet',
  healing: 'powers it on, with what was installed on it',
  words: ['node'],
  parameters: { node: nodeName },
  prepare: ({ node }) => ({
    description: `${node} powered off`,
    node: { name: node, needs: 'power', takes: 'power', endsWithPower: false },
    inject: async (ground) => {
      await ground.node(node).machine.powerCut();
      return {
        heal: async () => {
          await ground.bringBack(node);
          return undefined;
        },
      };
    },
  }),
});
