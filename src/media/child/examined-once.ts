/** Examines a program once for each path; one that is not there is looked for again, since it may be installed meanwhile. */
export function examinedOnce<Program>(examine: (path: string) => Promise<Program>): (path: string) => Promise<Program> {
  const programs = new Map<string, Promise<Program>>();
  return (path) => {
    let program = programs.get(path);
    if (program === undefined) {
      program = examine(path);
      programs.set(path, program);
      program.catch(() => programs.delete(path));
    }
    return program;
  };
}
