# One precompiled header for everything over the loop: Asio's templates are most of what a file of ours compiles.
# recado_precompile(TARGET): for targets that see Asio.
set(recado_pch "${CMAKE_CURRENT_LIST_DIR}/precompiled.hpp")
option(RECADO_PRECOMPILE "Precompile Asio's headers" ON)
function(recado_precompile target)
  if(NOT RECADO_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE "${recado_pch}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # or ccache cannot tell what is in it
  endif()
endfunction()

# recado_room(NAME [LINK libraries...])
# One static library recado_NAME from every .cpp in the calling folder and its subfolders.
# A room links only what ARCHITECTURE allows; tests/checks/layers compares the include lines.
function(recado_room name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/*.S")
  add_library(recado_${name} STATIC ${sources})
  target_link_libraries(recado_${name} PUBLIC recado_options ${ARG_LINK})
  if(NOT name MATCHES "^(base|ui)$")
    recado_precompile(recado_${name})
  endif()
endfunction()

# recado_tests(ROOM [LINK libraries...])
# One GoogleTest binary ROOM_test from every .cpp in tests/ROOM; every case is a ctest test.
function(recado_tests room)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${room}/*.cpp")
  if(sources)
    add_executable(${room}_test ${sources})
    target_link_libraries(${room}_test PRIVATE recado_options ${ARG_LINK} GTest::gmock GTest::gtest_main)
    target_include_directories(${room}_test PRIVATE "${CMAKE_SOURCE_DIR}/tests")
    if(NOT room MATCHES "^(base|ui)$")
      recado_precompile(${room}_test)
    endif()
    gtest_discover_tests(${room}_test TEST_PREFIX "${room}/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
  endif()
endfunction()

# recado_scripts(ROOM FOLDER)
# The Lua scripts of FOLDER become string constants of one generated source file of the room, as FOLDER.hpp declares them.
function(recado_scripts room folder)
  file(GLOB lua_scripts CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.lua")
  set(generated "#include \"${room}/${folder}.hpp\"\n\nnamespace recado::${room}::scripts {\n\n")
  foreach(file IN LISTS lua_scripts)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    get_filename_component(name "${file}" NAME_WE)
    file(READ "${file}" source)
    string(APPEND generated
      "const redis::Script& ${name}() {\n  static const redis::Script script(\"${name}\", R\"LUA(${source})LUA\");\n  return script;\n}\n\n")
  endforeach()
  string(APPEND generated "}  // namespace recado::${room}::scripts\n")
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/scripts.cpp" CONTENT "${generated}" @ONLY)
  target_sources(recado_${room} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/scripts.cpp")
endfunction()
