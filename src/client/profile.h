/* profile.h -- AWS's shared files: settings of named profiles.
 *
 *     ~/.aws/credentials      [name]                        ~/.aws/config      [default]
 *                             aws_access_key_id = …                            [profile name]
 *                             aws_secret_access_key = …                        region = eu-west-1
 *
 * The text is read where it lies and as often as it is asked: a few kilobytes, once for a client.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". Any bytes are
 * safe; a line that is no header, no "key = value" and no comment is passed over, as are the
 * indented lines of nested settings.
 *
 * Memory: values point into the text.
 */
#ifndef STATOR_CLIENT_PROFILE_H
#define STATOR_CLIENT_PROFILE_H

#include "base/span.h"

/* Which of the two files: they name profiles differently. */
typedef enum profile_file {
    PROFILE_CREDENTIALS,
    PROFILE_CONFIG,
} profile_file;

struct profile {
    struct span text; /* of the whole file */
    profile_file file;
    struct span name;
};

/* Is there a profile of that name, even an empty one? */
MUST_USE bool profile_exists(const struct profile *profile);

/* The value of `key`, the last when there are several. False, and *value untouched, when there is
 * none. Keys are the same in upper and lower case, names of profiles are not. */
MUST_USE bool profile_find(const struct profile *profile, const char *key, struct span *value);

#endif
