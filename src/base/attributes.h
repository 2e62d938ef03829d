/* attributes.h -- compiler attributes under names that read as English.
 *
 * MUST_USE      the result may not be ignored
 * PRINTF(f, a)  argument f is a printf format, its values start at argument a
 * REQUIRES, ACQUIRES, RELEASES, LOCK_TYPE
 *               clang's -Wthread-safety; nothing with other compilers
 * GUARDED_BY(lock)
 *               documentation: C cannot name a sibling field in an attribute
 */
#ifndef STATOR_BASE_ATTRIBUTES_H
#define STATOR_BASE_ATTRIBUTES_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#ifdef __clang__
#    define LOCK_TYPE __attribute__((capability("mutex")))
#    define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#    define ACQUIRES(...) __attribute__((acquire_capability(__VA_ARGS__)))
#    define RELEASES(...) __attribute__((release_capability(__VA_ARGS__)))
#    define NO_THREAD_SAFETY __attribute__((no_thread_safety_analysis))
#else
#    define LOCK_TYPE
#    define REQUIRES(...)
#    define ACQUIRES(...)
#    define RELEASES(...)
#    define NO_THREAD_SAFETY
#endif
#define GUARDED_BY(lock)

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
