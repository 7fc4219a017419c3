import { GraphFolder } from '../../core/graph-folder.ts';
import { prepareLeat } from '../run-leat.ts';

/** Gives each test of a suite a folder of its own, with these files in it, and the launcher to run there. */
export function freshFolder(
  suite: Mocha.Suite,
  files: Readonly<Record<string, string>> = {},
): Pick<GraphFolder, 'path' | 'file' | 'write'> {
  let folder: GraphFolder;
  suite.timeout(60_000);
  before(prepareLeat);
  beforeEach(() => {
    folder = new GraphFolder().write(files);
  });
  afterEach(() => folder.remove());
  return {
    get path() {
      return folder.path;
    },
    file: (name) => folder.file(name),
    write: (more) => folder.write(more),
  };
}
