/* line_version.h -- a put under the condition that the item has a version. */
#ifndef STATOR_LINES_LINE_VERSION_H
#define STATOR_LINES_LINE_VERSION_H

#include "lines/line_write.h"

/* Put `item`, whose version the member "expected_version" tells, with what else put_item takes. */
MUST_USE status line_version_put(struct line_turn *turn, const struct line_schema *schema,
                                 struct value item);

#endif
