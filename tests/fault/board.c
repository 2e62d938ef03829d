/* board.c -- see board.h. */
#include "fault/board.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct board *board_open(const char *folder)
{
    char path[HOUSE_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%.400s/board", folder);
    const int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, sizeof(struct board)), 0);
    struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(board, MAP_FAILED);
    (void)close(fd);
    return board;
}

void board_close(struct board *board)
{
    (void)munmap(board, sizeof *board);
}
