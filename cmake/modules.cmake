# carousel_module: a folder of src/ as a static library; carousel_kernels: the kernels, once per instruction set.
include(CheckCXXCompilerFlag)

function(carousel_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;SYSTEM" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(NOT sources)  # a folder of headers only still has a library, so that tests link every folder alike
    file(WRITE ${CMAKE_BINARY_DIR}/empty_${name}.cc "")
    set(sources ${CMAKE_BINARY_DIR}/empty_${name}.cc)
  endif()
  add_library(carousel_${name} STATIC ${sources})
  target_include_directories(carousel_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(carousel_${name} PUBLIC ${arg_DEPENDS})
  if(arg_SYSTEM)
    target_include_directories(carousel_${name} SYSTEM PUBLIC ${arg_SYSTEM})
  endif()
  set_property(GLOBAL APPEND PROPERTY CAROUSEL_MODULES ${name})
endfunction()

# The whole library as one archive for `cmake --install`.
function(carousel_library)
  get_property(modules GLOBAL PROPERTY CAROUSEL_MODULES)
  add_library(carousel STATIC)
  foreach(module ${modules})
    target_sources(carousel PRIVATE $<TARGET_OBJECTS:carousel_${module}>)
    target_link_libraries(carousel PRIVATE carousel_${module})
  endforeach()
  set_target_properties(carousel PROPERTIES EXCLUDE_FROM_ALL ON LINKER_LANGUAGE CXX)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/kernels.cmake)
