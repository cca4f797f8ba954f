# carousel_kernels: src/kernels as one library, kernels.cc compiled once per instruction set.
function(carousel_kernels)
  carousel_module(kernels ${ARGN})
endfunction()
