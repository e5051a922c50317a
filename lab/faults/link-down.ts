import { defineFault } from './fault-kind.ts';
import { nicName, nicProblems, nodeName } from './names.ts';

/** What a switch port that is shut or a pulled cable does: the node sees its carrier go, and nothing passes. */
export const linkDown = defineFault({
  name: 'link-down',
  summary: 'pulls the network cable of one NIC: the node sees the carrier go',
  healing: 'plugs it in again',
  words: ['node', 'nic'],
  parameters: { node: nodeName, nic: nicName },
  problems: ({ node, nic }, plan) => nicProblems(plan, node, nic),
  prepare: ({ node, nic }) => ({
    description: `cable of ${nic} of ${node} pulled`,
    claim: `${nic} of ${node}`,
    inject: async (ground, id) => {
      const { machine } = ground.node(node);
      const { atNs } = await ground.wires.link({ node, nic, state: 'down', fault: id });
      try {
        await machine.setCarrier(nic, 'down');
      } catch (error) {
        await ground.wires.link({ node, nic, state: 'up' });
        throw error;
      }
      return {
        atNs,
        heal: async () => {
          // The wire first: a node that sees its carrier may send at once.
          await ground.wires.link({ node, nic, state: 'up' });
          await machine.setCarrier(nic, 'up');
          return undefined;
        },
      };
    },
  }),
});
