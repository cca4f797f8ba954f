# What find_package(carousel) reads: the library's own dependencies, then its target carousel::carousel.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(ZLIB)
find_dependency(fmt)
set(Protobuf_USE_STATIC_LIBS ON)
find_dependency(Protobuf)
include(${CMAKE_CURRENT_LIST_DIR}/carouselTargets.cmake)
