/** A claim read in the kernel's source and then seen in a lab on the same kernel. */
export function linux(...files: readonly string[]): string {
  return `Linux 6.1, ${files.join(' and ')}; observed on Debian's 6.1.192`;
}

/** A claim about the program `ipvsadm`, seen with the version that Debian 12 has. */
export const ipvsadm = "ipvsadm(8); observed with Debian's ipvsadm 1.31";
