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

# Messages of src/<module>/<file>.proto, compiled into the module; its sources include <file.pb.h>.
function(carousel_messages module file)
  get_filename_component(stem ${file} NAME_WE)
  set(folder ${CMAKE_BINARY_DIR}/messages/${module})
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/${stem}.pb.cc ${folder}/${stem}.pb.h
                     COMMAND protobuf::protoc --cpp_out=${folder} -I ${PROJECT_SOURCE_DIR}/src/${module} ${file}
                     DEPENDS ${PROJECT_SOURCE_DIR}/src/${module}/${file} VERBATIM)
  set_source_files_properties(${folder}/${stem}.pb.cc PROPERTIES COMPILE_OPTIONS -w)  # not our text
  target_sources(carousel_${module} PRIVATE ${folder}/${stem}.pb.cc ${folder}/${stem}.pb.h)
  target_include_directories(carousel_${module} SYSTEM PRIVATE ${folder})
endfunction()

# The whole library as one archive, for other projects: add_subdirectory, or find_package(carousel) once installed.
function(carousel_library)
  get_property(modules GLOBAL PROPERTY CAROUSEL_MODULES)
  get_property(kernels GLOBAL PROPERTY CAROUSEL_KERNEL_TARGETS)
  add_library(carousel STATIC)
  add_library(carousel::carousel ALIAS carousel)
  foreach(module ${modules} ${kernels})
    target_sources(carousel PRIVATE $<TARGET_OBJECTS:carousel_${module}>)
  endforeach()
  set_target_properties(carousel PROPERTIES LINKER_LANGUAGE CXX)
  target_compile_features(carousel PUBLIC cxx_std_20)
  target_include_directories(carousel PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_link_libraries(carousel PRIVATE fmt::fmt ZLIB::ZLIB protobuf::libprotobuf-lite Threads::Threads)

  include(GNUInstallDirs)
  include(CMakePackageConfigHelpers)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/carousel)
  install(TARGETS carousel EXPORT carousel COMPONENT development)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/carousel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          COMPONENT development)
  install(EXPORT carousel FILE carouselTargets.cmake NAMESPACE carousel:: DESTINATION ${package}
          COMPONENT development)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/carouselConfigVersion.cmake COMPATIBILITY SameMajorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/carouselConfig.cmake ${PROJECT_BINARY_DIR}/carouselConfigVersion.cmake
          DESTINATION ${package} COMPONENT development)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/kernels.cmake)
