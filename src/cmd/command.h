/* command.h -- the subcommands of `stator`. Each has a file of its own.
 *
 * A command gets the words after its name and returns the exit status of the process: 0, 1 when it
 * failed, 2 when it was called wrongly. It explains a failure in one line on stderr.
 */
#ifndef STATOR_CMD_COMMAND_H
#define STATOR_CMD_COMMAND_H

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

typedef int(command_run)(int count, char *const *words);

/* stator serve: DynamoDB's protocol over HTTP. */
int command_serve(int count, char *const *words);

/* stator check: is a data directory sound? */
int command_check(int count, char *const *words);

#endif
