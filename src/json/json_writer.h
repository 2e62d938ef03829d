/* json_writer.h -- JSON text into a buf, commas and quotes looked after.
 *
 * Calls nest as the text does; json_writer_key comes before each member's value. Failure sticks in
 * the buf (buf_status). Strings must be valid UTF-8: everything Stator stores was checked.
 */
#ifndef STATOR_JSON_JSON_WRITER_H
#define STATOR_JSON_JSON_WRITER_H

#include "base/buf.h"

struct json_writer {
    struct buf *buf;
    bool comma; /* private: does the next value need one before it? */
};

void json_writer_init(struct json_writer *writer, struct buf *buf);

void json_writer_object_begin(struct json_writer *writer);
void json_writer_object_end(struct json_writer *writer);
void json_writer_array_begin(struct json_writer *writer);
void json_writer_array_end(struct json_writer *writer);

void json_writer_key(struct json_writer *writer, struct span name);
/* An object's '{' and the key of its first member, written out by the caller: {"S": */
void json_writer_open(struct json_writer *writer, struct span text);
void json_writer_string(struct json_writer *writer, struct span text);
void json_writer_base64(struct json_writer *writer, struct span bytes); /* as a quoted string */
void json_writer_base64_text(struct buf *buf, struct span bytes);       /* only its characters */
void json_writer_i64(struct json_writer *writer, int64_t n);
void json_writer_bool(struct json_writer *writer, bool b);
void json_writer_null(struct json_writer *writer);

/* `text` as it stands where a value belongs: a number already in text form. */
void json_writer_raw(struct json_writer *writer, struct span text);

/* A member in one call; `name` is a string literal or other NUL-terminated text. */
void json_writer_member_string(struct json_writer *writer, const char *name, struct span text);
void json_writer_member_i64(struct json_writer *writer, const char *name, int64_t n);
void json_writer_member_bool(struct json_writer *writer, const char *name, bool b);

#endif
