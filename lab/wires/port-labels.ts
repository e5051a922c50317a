/** The node's name, or `node:nic` where a node has several ports on the wire. */
export function portLabels(ports: readonly { readonly node: string; readonly nic: string }[]): string[] {
  return ports.map(({ node, nic }) =>
    ports.filter((other) => other.node === node).length > 1 ? `${node}:${nic}` : node,
  );
}

/** The indices of the ports that a name means: a node, or `node:nic`. */
export function portsNamed(
  name: string,
  ports: readonly { readonly node: string; readonly nic: string }[],
): readonly number[] {
  return ports.flatMap(({ node, nic }, index) => (name === node || name === `${node}:${nic}` ? [index] : []));
}
