// One element of the list of files: PATH as a URL has it, its TYPE, and FILE's text, which ends with a zero.
{PATH, TYPE, (const char[]){
#embed FILE suffix(, 0)
}},
#undef PATH
#undef TYPE
#undef FILE
