/* main.c -- find the command and run it. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/flags.h"
#include "os/file.h"

struct command {
    const char *name;
    const char *summary;
    command_run *run;
};

static const struct command commands[] = {
    {"check", "prove that a data directory is sound", command_check},
    {"serve", "answer DynamoDB's protocol over HTTP", command_serve},
};

static void print_help(FILE *out)
{
    (void)fprintf(out, "Stator, a database that speaks DynamoDB's protocol\n\n"
                       "usage: stator COMMAND [options]\n\n");
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        (void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(out, "\n"
                       "  --help     this text; stator COMMAND --help explains a command\n"
                       "  --version  the version\n");
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static int fail_unknown(const char *word)
{
    const char *meant =
        flags_closest(word, &commands[0].name, sizeof commands[0], ARRAY_COUNT(commands));
    (void)fprintf(stderr, "stator: unknown command %s; ", word);
    if (meant != NULL) {
        (void)fprintf(stderr, "did you mean %s?\n", meant);
    } else {
        (void)fprintf(stderr, "see stator --help\n");
    }
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    file_limit_fails();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        (void)printf("stator %s\n", STATOR_VERSION);
        return 0;
    }
    const struct command *command = find(word);
    if (command == NULL) return fail_unknown(word);
    return command->run(argc - 2, argv + 2);
}
