# One GoogleTest executable per folder of tests/ (test_<folder>), linked with that folder's library.
# Tests whose name contains "Threads" carry the label threads, not their folder's: ThreadSanitizer runs those.
find_package(GTest REQUIRED)
include(GoogleTest)

# What the second compiler and the sanitizers build: everything but the program's own tests and the examples.
add_custom_target(unit_tests)
add_custom_target(thread_tests)  # those of the unit tests that hold a test with the label threads

function(carousel_tests name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(test_${name} PRIVATE -O1)  # half of -O3's time to compile; what is tested is built as users run it
  target_compile_definitions(test_${name} PRIVATE CAROUSEL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                                  CAROUSEL_PROGRAM="$<TARGET_FILE:carousel_program>")
  target_link_libraries(test_${name} PRIVATE ${arg_LINK} GTest::gtest_main)
  if(NOT name STREQUAL "e2e")
    add_dependencies(unit_tests test_${name})
  endif()
  if(name MATCHES "^(base|data|kernels|loss|model|stream|train)$")
    add_dependencies(thread_tests test_${name})
  endif()
  # One label a test: a list here would be taken apart into further properties.
  gtest_discover_tests(test_${name} TEST_FILTER "-*Threads*" PROPERTIES LABELS ${name} DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(test_${name} TEST_FILTER "*Threads*" PROPERTIES LABELS threads DISCOVERY_TIMEOUT 60)
endfunction()

foreach(module base cells kernels layers model files events data loss optim checkpoint train stream forecast report cli)
  carousel_tests(${module} LINK carousel_${module})
endforeach()

# Not a test by itself: tools/check_bits runs it from two builds.
add_executable(bits ${PROJECT_SOURCE_DIR}/tests/bits/bits.cc)
target_include_directories(bits PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(bits PRIVATE carousel_train)
add_dependencies(unit_tests bits)

carousel_tests(golden LINK carousel_train carousel_stream)
carousel_tests(e2e LINK carousel_cli)
add_library(faults MODULE ${PROJECT_SOURCE_DIR}/tests/faults/faults.cc)
target_compile_definitions(test_e2e PRIVATE CAROUSEL_FAULTS="$<TARGET_FILE:faults>")
add_dependencies(test_e2e carousel_program faults)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME tools.check_layers COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tools/test_check_layers.py)

# The README's program is a test: it is compiled and run as it stands there.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md)
file(READ ${PROJECT_SOURCE_DIR}/README.md readme)
string(REGEX MATCH "```cpp\n([^`]*)```" _ "${readme}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/readme_snippet.cc CONTENT "${CMAKE_MATCH_1}" @ONLY)
add_executable(readme_snippet ${CMAKE_BINARY_DIR}/readme_snippet.cc)
target_link_libraries(readme_snippet PRIVATE carousel_forecast)
add_test(NAME e2e.readme COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/readme/test_readme.py
                                 $<TARGET_FILE:carousel_program> $<TARGET_FILE:readme_snippet>)
# The first C++ of other pages, in part: tests/readme/snippets.cc has what stands around it.
add_executable(page_snippets ${PROJECT_SOURCE_DIR}/tests/readme/snippets.cc)
foreach(page docs/streaming.md examples/step-functions/README.md examples/unrolled/README.md)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${page})
  file(READ ${PROJECT_SOURCE_DIR}/${page} text)
  string(REGEX MATCH "```cpp\n([^`]*)```" _ "${text}")
  set(code "${CMAKE_MATCH_1}")
  string(REGEX REPLACE "/README.md$" "" name ${page})
  get_filename_component(name ${name} NAME_WE)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/snippets/${name}.inc CONTENT "${code}" @ONLY)
endforeach()
target_include_directories(page_snippets PRIVATE ${CMAKE_BINARY_DIR})
target_compile_options(page_snippets PRIVATE -O1 -Wno-shadow)  # a page may name a result as its argument
target_link_libraries(page_snippets PRIVATE carousel_stream GTest::gtest_main)
add_test(NAME e2e.snippets COMMAND page_snippets)
# What the other pages show is checked against the program and the sources.
add_test(NAME e2e.pages COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/readme/test_pages.py
                                $<TARGET_FILE:carousel_program>)
add_test(NAME e2e.install COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/install/test_install.py
                                  ${CMAKE_BINARY_DIR} ${CMAKE_CXX_COMPILER})
add_test(NAME e2e.tensorboard COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tensorboard/test_tensorboard.py
                                      $<TARGET_FILE:carousel_program>)
add_test(NAME e2e.browser COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/browser/test_report.py
                                  $<TARGET_FILE:carousel_program>)
add_test(NAME e2e.terminal COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/terminal/test_live.py
                                   $<TARGET_FILE:carousel_program>)
set_tests_properties(e2e.tensorboard e2e.browser PROPERTIES SKIP_RETURN_CODE 77)
set_tests_properties(e2e.readme e2e.snippets e2e.pages e2e.install e2e.tensorboard e2e.browser e2e.terminal
                     PROPERTIES LABELS e2e)
