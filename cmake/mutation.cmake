# What tools/mutate.py builds, at -O1: `mutation_cells`, the tests of src/cells alone, and `mutation`, those of the
# kernels, losses and optimisers.
find_package(GTest REQUIRED)

function(carousel_mutation name)
  cmake_parse_arguments(arg "" "" "TESTS;LINK" ${ARGN})
  foreach(folder ${arg_TESTS})
    file(GLOB found ${PROJECT_SOURCE_DIR}/tests/${folder}/*.cc)
    list(APPEND sources ${found})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "(every_float|roofline|speed)_test")  # of what is not mutated, or of time
  add_executable(${name} EXCLUDE_FROM_ALL ${sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE CAROUSEL_SOURCE_DIR=".")  # where it runs: the same text in every copy
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gtest_main)
endfunction()

carousel_mutation(mutation_cells TESTS cells LINK carousel_cells)
set_target_properties(mutation_cells PROPERTIES UNITY_BUILD ON)  # a cell is in all of them: compiled in half the time
carousel_mutation(mutation TESTS loss optim kernels LINK carousel_loss carousel_optim)
