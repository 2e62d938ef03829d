/* store_child.c -- see store_child.h. */
#include "store/store_child.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support/support.h"

enum { ROLE_ARGC = 4 }; /* program, role, two words */

bool store_child_main(int argc, char **argv, const struct store_child_role *roles, size_t count,
                      int *exit_code)
{
    if (argc != ROLE_ARGC) return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(argv[1], roles[i].name) != 0) continue;
        *exit_code = roles[i].run(argv[2], argv[3]);
        return true;
    }
    return false;
}

static void exec_self(const char *role, const char *first, const char *second)
{
    (void)execl("/proc/self/exe", "child", role, first, second, (char *)NULL);
    _exit(127);
}

struct store_child store_child_start(const char *role, const char *first, const char *second)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        exec_self(role, first, second);
    }
    (void)close(ends[1]);
    return (struct store_child){pid, ends[0]};
}

int store_child_end(struct store_child *child)
{
    int state = 0;
    assert_int_equal(waitpid(child->pid, &state, 0), child->pid);
    (void)close(child->output);
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

int store_child_run(const char *role, const char *first, const char *second)
{
    struct store_child child = store_child_start(role, first, second);
    return store_child_end(&child);
}
