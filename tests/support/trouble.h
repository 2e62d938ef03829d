/* trouble.h -- a disk that is in trouble for a while, and well again.
 *
 * A program that is linked with trouble.c has its own open, write, fdatasync … before the C
 * library's, so that RocksDB and Stator call them. While there is trouble, calls that concern files
 * below `folder` fail as they do on such a disk; all others go on to the system.
 *
 * Threads: any.
 */
#ifndef STATOR_TESTS_SUPPORT_TROUBLE_H
#define STATOR_TESTS_SUPPORT_TROUBLE_H

typedef enum trouble {
    TROUBLE_NONE,
    TROUBLE_FULL,      /* nothing is written: ENOSPC. What was to be written is not there */
    TROUBLE_READ_ONLY, /* nothing is written, made or removed: EROFS */
    TROUBLE_NO_SYNC,   /* neither the log nor a probe is synced: EIO. What was written is there */
    TROUBLE_NO_DATA,   /* no file of RocksDB's can be opened: EIO */
    TROUBLE_NO_MERGE,  /* RocksDB's files cannot be merged: ENOSPC. All else is written */
    TROUBLE_COUNT,
} trouble;

/* `folder` is an absolute path that lives as long as the trouble. */
void trouble_begin(const char *folder, trouble kind);
void trouble_end(void);

/* The words of the errno that `kind` fails with. */
const char *trouble_text(trouble kind);

#endif
