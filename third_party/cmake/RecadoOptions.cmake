# Compiler settings shared by every target: warnings, sanitizers, ccache, hardening of the release.
add_library(recado_options INTERFACE)
target_compile_options(recado_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual)
if(RECADO_WERROR)
  target_compile_options(recado_options INTERFACE -Werror)
endif()
target_include_directories(recado_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_definitions(recado_options INTERFACE _FILE_OFFSET_BITS=64)  # as hiredis has it: precompiled headers agree

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(recado_options INTERFACE _GLIBCXX_ASSERTIONS)
elseif(NOT RECADO_SANITIZE)
  target_compile_definitions(recado_options INTERFACE _FORTIFY_SOURCE=2)
  target_compile_options(recado_options INTERFACE -fstack-protector-strong)
  target_link_options(recado_options INTERFACE -Wl,-z,relro,-z,now)
endif()

if(RECADO_SANITIZE)
  # Of GoogleTest's programs what is judged is the rooms in them: undefined behaviour of the tests themselves is not
  # looked for, which takes 40 % off the time they compile.
  string(REPLACE "," ";" sanitizers "${RECADO_SANITIZE}")
  foreach(sanitizer IN LISTS sanitizers)
    if(sanitizer STREQUAL "undefined")
      target_compile_options(recado_options INTERFACE
        $<$<NOT:$<BOOL:$<TARGET_PROPERTY:RECADO_IS_TEST>>>:-fsanitize=undefined>)
    else()
      target_compile_options(recado_options INTERFACE -fsanitize=${sanitizer})
    endif()
  endforeach()
  target_compile_options(recado_options INTERFACE -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(recado_options INTERFACE -fsanitize=${RECADO_SANITIZE})
  if(RECADO_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(recado_options INTERFACE -Wno-tsan)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False alarms of g++ 12 at -O1: on Asio's coroutine frames, and on strings under ThreadSanitizer.
    target_compile_options(recado_options INTERFACE -Wno-mismatched-new-delete -Wno-maybe-uninitialized
                           -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # clang 14 cannot place the function-type check in coroutine frames.
    target_compile_options(recado_options INTERFACE -fno-sanitize=function)
  endif()
endif()

if(RECADO_FUZZ)
  target_compile_options(recado_options INTERFACE -fsanitize=fuzzer-no-link)  # coverage for libFuzzer
endif()

# `make` compiles several files as one (CMAKE_UNITY_BUILD), in half the time. A name in an unnamed namespace is then in sight
# of its neighbours in the folder; `cmake --preset dev` by itself compiles each file alone, which shows missing includes.
if(CMAKE_UNITY_BUILD)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(recado_options INTERFACE -Wno-subobject-linkage)  # no file includes a .cpp by itself
  endif()
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # The sloppiness lets ccache serve files that use a precompiled header; without the directory in the hash the builds of all
  # presets and checkouts share what is the same.
  set(launcher "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
               CCACHE_NOHASHDIR=1 "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
endif()
