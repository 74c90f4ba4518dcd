/** What global-setup.ts found out, and where the suites find it. They run in processes of their own, so it goes by the environment. */

/** A file: the dump of a migrated store, that each suite starts from. */
export const dumpVariable = "STATUSGRAPH_TEST_DUMP";
/** The address of the PostgreSQL to test against; not set where none was reached. */
export const postgresVariable = "STATUSGRAPH_TEST_POSTGRES";
/** The directory that the program is compiled to once, by the first suite that runs it as a process of its own. */
export const programVariable = "STATUSGRAPH_TEST_PROGRAM";
