/** The number of the last transaction of each lease: its own row, so that whoever ends a node waits for none of them to mark it. */
export const COMMITS = `
CREATE TABLE node_commits (
  lease bigint PRIMARY KEY REFERENCES nodes (lease) ON UPDATE CASCADE ON DELETE CASCADE,
  number bigint NOT NULL
);`
