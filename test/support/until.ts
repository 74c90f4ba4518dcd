/** Waiting for what comes by itself, in real time. A test that waits in vain ends by its own time limit. */

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
